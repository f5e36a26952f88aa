import { escapeValue, optionText } from './option-text.ts'
import type { NetworkPlacement, Placement } from './placement.ts'
import type { DiskPlan, MachinePlan, NicPlan } from './plan.ts'
import type { UsbDevice } from './shapes.ts'

/** Arguments for a PCI device and the port it is plugged into. */
export type Attach = (device: string) => readonly string[]

/** Gives each device a PCI Express root port of its own, so that it can be unplugged. */
export function rootPorts(): Attach {
  let count = 0
  return (device) => {
    count += 1
    const [driver, ...properties] = device.split(',')
    const port = `pcie-root-port,id=port${count},bus=pcie.0,chassis=${count},slot=${count}`
    const attached = [driver, `bus=port${count}`, ...properties].join(',')
    return ['-device', port, '-device', attached]
  }
}

export function nicArguments(
  plan: MachinePlan,
  placement: Placement,
  attach: Attach,
): readonly string[] {
  return plan.nics.flatMap((nic, index) => {
    const driver = nic.model === 'virtio' ? 'virtio-net-pci' : nic.model
    const rom = index === 0 && netbootsFromRom(placement) ? '' : ',romfile='
    const boot = index === 0 ? ',bootindex=1' : ''
    return [
      '-netdev',
      netdev(nic, index, placement.network),
      ...attach(`${driver},id=${nic.id}-device,netdev=${nic.id},mac=${nic.mac}${boot}${rom}`),
    ]
  })
}

/** With TFTP to load iPXE from, OVMF's own driver netboots; the option ROM would go before it. */
function netbootsFromRom({ firmware, network }: Placement): boolean {
  return firmware.kind === 'bios' || (network.kind === 'user' && network.tftpDirectory === null)
}

function netdev(nic: NicPlan, index: number, network: NetworkPlacement): string {
  if (network.kind === 'taps') {
    const tap = network.names[index]
    if (tap === undefined) throw new Error(`Cannot place ${nic.id}: no tap was made for it`)
    return `tap,id=${nic.id},ifname=${tap},script=no,downscript=no`
  }
  if (index > 0) return `user,id=${nic.id}`
  const { tftpDirectory, bootFile } = network
  const tftp = tftpDirectory === null ? '' : `,tftp=${escapeValue(tftpDirectory)}`
  return `user,id=${nic.id}${tftp},bootfile=${escapeValue(bootFile)}`
}

export function diskArguments(
  plan: MachinePlan,
  placement: Placement,
  attach: Attach,
): readonly string[] {
  const scsi = plan.disks.some((disk) => disk.shape.bus === 'scsi')
  const controller = scsi ? attach('virtio-scsi-pci,id=scsi') : []
  return [
    ...controller,
    ...plan.disks.flatMap((disk, index) => {
      const file = placement.diskFiles[index]
      if (file === undefined) throw new Error(`Cannot place ${disk.id}: no file was made for it`)
      return [...drive(disk.id, file), ...diskDevice(disk, index, attach)]
    }),
  ]
}

function diskDevice(disk: DiskPlan, index: number, attach: Attach): readonly string[] {
  const { bus, logicalBlockSizeBytes, model, rotationRpm } = disk.shape
  const blocks = `logical_block_size=${logicalBlockSizeBytes},physical_block_size=4096`
  const boot = `bootindex=${index + 2}`
  const drive = `id=${disk.id},drive=${disk.id}-drive,${blocks}`
  const serial = `serial=${disk.serial}`
  // ATA8-ACS: a rotation rate of 1 says that the medium does not rotate.
  const wwn = `wwn=0x${disk.wwn},rotation_rate=${rotationRpm ?? 1}`
  const name = model === null ? null : escapeValue(model)
  const devices = {
    virtio: () => attach(`virtio-blk-pci,${drive},${serial},${boot}`),
    // OVMF cannot read the path QEMU gives a namespace, and then ignores every boot index; it can
    // read the controller's, which is right as long as the namespace has no EUI-64.
    nvme: () => [
      ...attach(`nvme,id=${disk.id}-controller,${serial},${boot}`),
      '-device',
      `nvme-ns,${drive},bus=${disk.id}-controller,nsid=1,uuid=${disk.wwn}`,
    ],
    sata: () => {
      const model = name === null ? null : `model=${name}`
      return ['-device', optionText(`ide-hd,bus=ide.${index}`, drive, boot, serial, wwn, model)]
    },
    scsi: () => {
      const model = name === null ? null : `vendor=AVM,product=${name}`
      const place = `scsi-hd,bus=scsi.0,scsi-id=${index}`
      return ['-device', optionText(place, drive, boot, serial, wwn, model)]
    },
  } satisfies Record<typeof bus, () => readonly string[]>
  return devices[bus]()
}

export function usbArguments(
  devices: readonly UsbDevice[],
  files: readonly string[],
  attach: Attach,
): readonly string[] {
  if (devices.length === 0) return []
  const remaining = [...files]
  return [
    ...attach('qemu-xhci,id=xhci'),
    '-device',
    'usb-hub,bus=xhci.0,port=1',
    ...devices.flatMap((device, index) => {
      const place = `bus=xhci.0,port=1.${index + 1}`
      if (device.kind !== 'storage') {
        return ['-device', `${device.kind === 'keyboard' ? 'usb-kbd' : 'usb-tablet'},${place}`]
      }
      const id = `usb${index}`
      const file = remaining.shift()
      if (file === undefined) throw new Error(`Cannot place ${id}: no file was made for it`)
      const identity = `id=${id},drive=${id}-drive,removable=on,serial=AVMUSB${index}`
      return [...drive(id, file), '-device', `usb-storage,${place},${identity}`]
    }),
  ]
}

/** The file may lose what the guest flushed if this machine dies; the lab dies with it anyway. */
function drive(id: string, file: string): readonly string[] {
  const options = 'if=none,format=raw,cache=unsafe,discard=unmap'
  return ['-drive', `${options},id=${id}-drive,file=${escapeValue(file)}`]
}
