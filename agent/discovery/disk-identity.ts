import type { Disk, DiskTransport } from '../../protocol/facts/storage.ts'
import type { Host } from '../host.ts'
import type { BlockDevice } from './block-device.ts'
import { asciiText, deviceText, meaningfulText } from './decode/device-text.ts'
import { decodeAtaPage, decodeIdentificationPage, decodeSerialPage } from './decode/scsi-vpd.ts'
import { paths } from './paths.ts'
import { attribute, binaryAttribute } from './sysfs.ts'
import { udevProperties, type UdevProperties, udevText } from './udev-database.ts'

/** What names a disk, whatever its wire. */
export type DiskIdentity = Pick<
  Disk,
  'transport' | 'vendor' | 'model' | 'serial' | 'wwn' | 'eui64' | 'nguid' | 'firmware'
>

/** Asks a disk's folder in sysfs for its names, in the way its kind of disk has them. */
export async function diskIdentity(host: Host, device: BlockDevice): Promise<DiskIdentity> {
  const own = await ownIdentity(host, device)
  const isWhole = own.serial !== null && own.model !== null && own.firmware !== null
  if (isWhole && (own.wwn ?? own.eui64 ?? own.nguid) !== null) return own
  return withUdev(own, await udevProperties(host, device))
}

/** What the disk itself does not tell through the kernel, as udev heard it from the disk. */
function withUdev(own: DiskIdentity, udev: UdevProperties): DiskIdentity {
  if (udev.size === 0) return own
  const name = (udev.get('ID_WWN_WITH_EXTENSION') ?? udev.get('ID_WWN') ?? '').toLowerCase()
  const isNvme = own.transport === 'nvme' || own.transport === 'nvme-fabrics'
  const serial = udev.get('ID_SCSI_SERIAL') ?? udev.get('ID_SERIAL_SHORT') ?? null
  return {
    ...own,
    vendor: own.vendor ?? deviceText(udevText(udev, 'ID_VENDOR')),
    model: fuller(own.model, deviceText(udevText(udev, 'ID_MODEL'))),
    serial: own.serial ?? meaningfulText(serial),
    wwn: own.wwn ?? (isNvme ? null : (/^0x([0-9a-f]{16}|[0-9a-f]{32})$/.exec(name)?.[1] ?? null)),
    eui64: own.eui64 ?? hexName(/^eui\.(.*)$/.exec(name)?.[1] ?? null, 16),
    nguid: own.nguid ?? hexName(/^eui\.(.*)$/.exec(name)?.[1] ?? null, 32),
    firmware: fuller(own.firmware, deviceText(udev.get('ID_REVISION'))),
  }
}

/** INQUIRY cuts names to 16 characters and revisions to 4, of which it may take the last. */
function fuller(own: string | null, whole: string | null): string | null {
  if (own === null) return whole
  return whole?.startsWith(own) === true || whole?.endsWith(own) === true ? whole : own
}

async function ownIdentity(host: Host, device: BlockDevice): Promise<DiskIdentity> {
  if (device.name.startsWith('nvme')) return nvmeIdentity(host, device)
  if (/^(sd|sr|scd)/.test(device.name)) return scsiIdentity(host, device)
  if (device.name.startsWith('mmcblk')) return mmcIdentity(host, device)
  return plainIdentity(host, device)
}

/** Kernel document sysfs-nvme; the controller's strings are space-padded ASCII (NVMe 2.0 §5.17). */
async function nvmeIdentity(host: Host, { folder }: BlockDevice): Promise<DiskIdentity> {
  const [wire, model, serial, firmware, eui, nguid] = await Promise.all([
    nvmeWire(host, folder),
    attribute(host, `${folder}/device/model`),
    attribute(host, `${folder}/device/serial`),
    attribute(host, `${folder}/device/firmware_rev`),
    attribute(host, `${folder}/eui`),
    attribute(host, `${folder}/nguid`),
  ])
  return {
    transport: wire === null || localWires.has(wire) ? 'nvme' : 'nvme-fabrics',
    vendor: null,
    model: deviceText(model),
    serial: meaningfulText(serial),
    wwn: null,
    eui64: hexName(eui, 16),
    nguid: hexName(nguid, 32),
    firmware: deviceText(firmware),
  }
}

/** `apple-nvme` and `loop` are in this machine too. */
const localWires: ReadonlySet<string> = new Set(['pcie', 'apple-nvme', 'loop'])

/** `pcie`, `tcp`: of the controller, or of the first of the subsystem that a multipath head is in. */
async function nvmeWire(host: Host, folder: string): Promise<string | null> {
  const own = await attribute(host, `${folder}/device/transport`)
  if (own !== null) return own
  const controllers = await host.list(`${folder}/device`)
  const first = controllers.find((entry) => /^nvme\d+$/.test(entry))
  return first === undefined ? null : attribute(host, `${folder}/device/${first}/transport`)
}

async function scsiIdentity(host: Host, device: BlockDevice): Promise<DiskIdentity> {
  const folder = `${device.folder}/device`
  const [vendor, model, rev, page80, page83, page89, wwid] = await Promise.all([
    attribute(host, `${folder}/vendor`),
    attribute(host, `${folder}/model`),
    attribute(host, `${folder}/rev`),
    binaryAttribute(host, `${folder}/vpd_pg80`),
    binaryAttribute(host, `${folder}/vpd_pg83`),
    binaryAttribute(host, `${folder}/vpd_pg89`),
    attribute(host, `${folder}/wwid`),
  ])
  const transport = scsiTransport(device.place, vendor)
  // A translation layer calls itself ATA; USB bridges have names of their own. Others that have the
  // page, as scsi_debug has, made it up.
  const isTranslated = vendor === 'ATA' || transport === 'usb'
  const ata = page89 === null || !isTranslated ? null : decodeAtaPage(page89)
  const names = page83 === null ? null : decodeIdentificationPage(page83)
  const serial =
    (page80 === null ? null : decodeSerialPage(page80)) ??
    (transport === 'usb' ? await usbSerial(host, device.place) : null)
  return {
    transport,
    vendor: deviceText(vendor),
    // The INQUIRY fields hold 16 and 4 characters; IDENTIFY has the whole model and firmware.
    model: ata?.model ?? deviceText(model),
    serial: meaningfulText(ata?.serial ?? serial),
    wwn: ata?.wwn ?? names?.wwn ?? naaName(wwid),
    eui64: hexName(names?.eui64 ?? null, 16),
    nguid: null,
    firmware: ata?.firmware ?? deviceText(rev),
  }
}

/** Most USB bridges answer no VPD page; the serial is in the USB descriptors then (USB 2.0 §9.6.1). */
async function usbSerial(host: Host, place: string): Promise<string | null> {
  const usbDevice = place.split('/').findLast((part) => /^\d+-[\d.]+$/.test(part))
  return usbDevice === undefined ? null : attribute(host, `${paths.usb}/${usbDevice}/serial`)
}

/** Kernel document mmc-dev-attrs.rst: the card's own name, product serial number, revision. */
async function mmcIdentity(host: Host, { folder }: BlockDevice): Promise<DiskIdentity> {
  const [name, serial, revision, manufacturer] = await Promise.all([
    attribute(host, `${folder}/device/name`),
    attribute(host, `${folder}/device/serial`),
    attribute(host, `${folder}/device/fwrev`),
    attribute(host, `${folder}/device/manfid`),
  ])
  return {
    ...withoutNames('mmc'),
    vendor: deviceText(manufacturer),
    model: deviceText(name),
    serial: meaningfulText(serial),
    firmware: deviceText(revision),
  }
}

/** virtio, Xen, persistent memory and what else has a serial at most. */
async function plainIdentity(host: Host, device: BlockDevice): Promise<DiskIdentity> {
  const transport = transports.find(([pattern]) => pattern.test(device.name))?.[1] ?? 'other'
  // virtio 1.2 §5.2.6: up to 20 bytes, without a NUL when all are used.
  const serial = await binaryAttribute(host, `${device.folder}/serial`)
  return {
    ...withoutNames(transport),
    serial: serial === null ? null : meaningfulText(asciiText(serial)),
  }
}

const transports: readonly (readonly [RegExp, DiskTransport])[] = [
  [/^vd/, 'virtio'],
  [/^xvd/, 'xen'],
  [/^pmem/, 'pmem'],
]

function withoutNames(transport: DiskTransport): DiskIdentity {
  return {
    transport,
    vendor: null,
    model: null,
    serial: null,
    wwn: null,
    eui64: null,
    nguid: null,
    firmware: null,
  }
}

/** Parts of the device path that tell the wire, the most telling first. */
const wires: readonly (readonly [RegExp, DiskTransport])[] = [
  [/\/usb\d+\//, 'usb'],
  [/\/ata\d+\//, 'sata'],
  [/\/session\d+\//, 'iscsi'],
  [/\/rport-\d/, 'fibre-channel'],
  [/\/(end_device|expander)-\d/, 'sas'],
]

/** A SATA disk behind a SAS controller is translated: its vendor reads `ATA` (SAT-4 §8.2). */
function scsiTransport(place: string, vendor: string | null): DiskTransport {
  const wire = wires.find(([pattern]) => pattern.test(place))?.[1] ?? 'scsi'
  return wire === 'sas' && vendor === 'ATA' ? 'sata' : wire
}

/** `naa.5000c500a1b2c3d4` of the kernel's `wwid`. */
function naaName(wwid: string | null): string | null {
  return /^naa\.([0-9a-f]{16}|[0-9a-f]{32})$/i.exec(wwid ?? '')?.[1]?.toLowerCase() ?? null
}

/** Digits without the separators the kernel writes (`00 25 38`, `-`); null when all are zero. */
function hexName(text: string | null, digits: number): string | null {
  const bare = text?.replaceAll(/[ :-]/g, '').toLowerCase() ?? ''
  return bare.length === digits && /^[0-9a-f]+$/.test(bare) && !/^0+$/.test(bare) ? bare : null
}
