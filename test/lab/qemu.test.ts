import { describe, expect, test } from 'vitest'
import { planMachine } from '../../lab/plan.ts'
import { qemuArguments } from '../../lab/qemu.ts'
import { machineShapes } from '../../lab/shapes.ts'
import { madePlacement } from './fixtures.ts'

describe("a machine's command line", () => {
  test('is this one for a small BIOS machine on a tap', () => {
    const plan = planMachine(7, machineShapes.small)
    const maker = 'Assay Virtual Machines'
    expect(qemuArguments(plan, madePlacement(plan))).toEqual([
      'qemu-system-x86_64',
      '-name',
      'm7',
      '-nodefaults',
      '-no-user-config',
      '-machine',
      'q35,graphics=off',
      '-accel',
      'tcg,thread=multi',
      '-cpu',
      'max',
      '-display',
      'none',
      '-uuid',
      plan.systemUuid,
      '-smp',
      '1,sockets=1,cores=1,threads=1',
      '-m',
      '768M',
      '-smbios',
      `type=0,vendor=${maker},version=0.9.7,date=06/30/2024`,
      '-smbios',
      `type=1,manufacturer=${maker},product=AVM Edge,version=1.0,serial=AVM000007,uuid=${plan.systemUuid},sku=AVM-E1,family=Edge`,
      '-smbios',
      `type=2,manufacturer=${maker},product=AVM-E1-MB,version=A1,serial=AVM000007-MB,location=Main`,
      '-smbios',
      `type=3,manufacturer=${maker},version=1.0,serial=AVM000007-CH,asset=small`,
      '-smbios',
      `type=4,sock_pfx=CPU,manufacturer=${maker},version=Virtual Processor 2000,max-speed=2000,current-speed=2000`,
      '-smbios',
      'type=17,loc_pfx=DIMM,bank=BANK,manufacturer=Virtual Memory,serial=AVM000007-D,part=VM-DDR4-2400,speed=2400',
      '-chardev',
      'file,id=console,path=/run/console,append=on',
      '-serial',
      'chardev:console',
      '-qmp',
      'unix:/run/monitor,server=on,wait=off',
      '-netdev',
      'tap,id=nic0,ifname=tap0,script=no,downscript=no',
      '-device',
      'pcie-root-port,id=port1,bus=pcie.0,chassis=1,slot=1',
      '-device',
      'virtio-net-pci,bus=port1,id=nic0-device,netdev=nic0,mac=52:54:00:00:07:00,bootindex=1',
      '-drive',
      'if=none,format=raw,cache=unsafe,discard=unmap,id=disk0-drive,file=/run/disk0',
      '-device',
      'pcie-root-port,id=port2,bus=pcie.0,chassis=2,slot=2',
      '-device',
      'virtio-blk-pci,bus=port2,id=disk0,drive=disk0-drive,logical_block_size=512,physical_block_size=4096,serial=AVM0007VIRTIO00,bootindex=2',
    ])
  })

  test('spreads sockets and memory over the NUMA nodes', () => {
    const plan = planMachine(1, machineShapes.compute)
    expect(valuesOf('-numa', qemuArguments(plan, madePlacement(plan)))).toEqual([
      'node,nodeid=0,memdev=memory0',
      'node,nodeid=1,memdev=memory1',
      'cpu,node-id=0,socket-id=0',
      'cpu,node-id=1,socket-id=1',
    ])
  })

  test('spreads cores over the nodes where a socket has several', () => {
    const plan = planMachine(1, machineShapes.everything)
    expect(valuesOf('-numa', qemuArguments(plan, madePlacement(plan))).slice(4)).toEqual([
      'cpu,node-id=0,socket-id=0,core-id=0',
      'cpu,node-id=1,socket-id=0,core-id=1',
      'cpu,node-id=2,socket-id=1,core-id=0',
      'cpu,node-id=3,socket-id=1,core-id=1',
    ])
  })

  test('gives the boot index of an NVMe disk to its controller, which OVMF can find', () => {
    const plan = planMachine(1, machineShapes.compute)
    const devices = valuesOf('-device', qemuArguments(plan, madePlacement(plan)))
    expect(devices.find((device) => device.startsWith('nvme,'))).toContain('bootindex=2')
    expect(devices.find((device) => device.startsWith('nvme-ns,'))).not.toContain('bootindex')
  })

  test('says sector size, rotation and name of every SATA and SCSI disk', () => {
    const plan = planMachine(1, machineShapes.storage)
    const devices = valuesOf('-device', qemuArguments(plan, madePlacement(plan)))
    const disks = devices.filter((device) => /^(ide|scsi)-hd,/.test(device))
    expect(disks.map((disk) => /logical_block_size=(\d+)/.exec(disk)?.[1])).toEqual([
      '512',
      '512',
      '512',
      '4096',
    ])
    expect(disks.map((disk) => /rotation_rate=(\d+)/.exec(disk)?.[1])).toEqual([
      '1',
      '7200',
      '10000',
      '7200',
    ])
    expect(disks.at(-1)).toContain('vendor=AVM,product=SAS HDD 4Kn')
  })

  test('keeps UEFI from option ROMs and from waiting for DHCPv6', () => {
    const plan = planMachine(1, machineShapes.small, 'uefi')
    const argv = qemuArguments(
      plan,
      madePlacement(plan, {
        firmware: { kind: 'uefi', codeFile: '/code', variablesFile: '/vars' },
      }),
    )
    expect(valuesOf('-fw_cfg', argv)).toEqual(['name=opt/org.tianocore/IPv6PXESupport,string=n'])
    expect(valuesOf('-drive', argv).slice(0, 2)).toEqual([
      'if=pflash,format=raw,unit=0,readonly=on,file=/code',
      'if=pflash,format=raw,unit=1,file=/vars',
    ])
    expect(argv.find((word) => word.startsWith('virtio-net-pci'))).toMatch(/,romfile=$/)
  })

  test('boots the first NIC alone on the user network', () => {
    const plan = planMachine(1, machineShapes.compute)
    const network = { kind: 'user', bootFile: 'http://10.0.2.2:1/b', tftpDirectory: null } as const
    expect(valuesOf('-netdev', qemuArguments(plan, madePlacement(plan, { network })))).toEqual([
      'user,id=nic0,bootfile=http://10.0.2.2:1/b',
      'user,id=nic1',
    ])
  })

  test('doubles commas, which would end a value', () => {
    const plan = planMachine(1, machineShapes.small)
    const argv = qemuArguments(plan, madePlacement(plan, { diskFiles: ['/a,b'] }))
    expect(valuesOf('-drive', argv)[0]).toMatch(/,file=\/a,,b$/)
  })

  test('is refused when a disk has no file', () => {
    const plan = planMachine(1, machineShapes.small)
    expect(() => qemuArguments(plan, madePlacement(plan, { diskFiles: [] }))).toThrow(
      'Cannot place disk0: no file was made for it',
    )
  })
})

function valuesOf(option: string, argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, index) => (word === option ? argv.slice(index + 1, index + 2) : []))
}
