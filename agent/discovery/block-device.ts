import type { Host } from '../host.ts'
import { type ForgivingReader, forgivingReader } from './forgiving-reader.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { pciAddressesIn, resolveLink } from './sysfs.ts'

/** A block device, before anything is asked of it. `volume`: software makes it of others. */
export interface BlockDevice {
  readonly name: string
  readonly folder: string
  readonly kind: 'disk' | 'optical' | 'volume'
  /** Where it is in the device tree; the folder itself where a recording cut the link. */
  readonly place: string
  readonly pciAddress: string | null
}

/** Block devices but partitions; hidden paths of multipath NVMe are left out. */
export async function blockDevices(
  host: Host,
  reader = forgivingReader(host, 'storage'),
): Promise<readonly BlockDevice[]> {
  const found = await all(await host.list(paths.block), (entry) => blockDevice(reader, entry))
  return found.filter((device) => device !== null)
}

async function blockDevice(reader: ForgivingReader, entry: string): Promise<BlockDevice | null> {
  const { host } = reader
  const folder = `${paths.block}/${entry}`
  const name = kernelBlockName(entry)
  const own = await host.link(folder)
  const kind = await kindOf(reader, name, folder, own)
  if (kind === null) return null
  const device = await host.link(`${folder}/device`)
  const base = own === undefined ? folder : resolveLink(paths.block, own)
  const parent = device === undefined ? '' : resolveLink(base, device)
  const place = own === undefined && device !== undefined ? `${parent}/block/${entry}` : base
  const pciAddress =
    pciAddressesIn(place).at(-1) ?? pciAddressesIn(parent).at(-1) ?? (await nvmePci(reader, folder))
  return { name, folder, kind, place, pciAddress }
}

/** A name of sysfs as the kernel has it: in sysfs a `!` stands for the slash of `cciss/c0d0`. */
export function kernelBlockName(entry: string): string {
  return entry.replaceAll('!', '/')
}

/** Names in a folder of block devices, as the kernel has them. */
export async function blockNames(host: Host, folder: string): Promise<readonly string[]> {
  return (await host.list(folder)).map(kernelBlockName)
}

/** SCSI peripheral device types, SPC-5 table 53: 0 disk, 14 reduced block, 20 zoned; 5 optical. */
const scsiKinds: ReadonlyMap<number, 'disk' | 'optical'> = new Map([
  [0, 'disk'],
  [5, 'optical'],
  [7, 'disk'],
  [14, 'disk'],
  [20, 'disk'],
])

/** Names the kernel gives disks whose folder need not have a `device`: multipath NVMe heads, pmem. */
const diskNames = /^(nvme\d+n\d+|vd[a-z]+|xvd[a-z]+|mmcblk\d+|pmem\d+s?|dasd[a-z]+)$/
const volumeNames = /^(loop|ram|zram|dm-|md|nbd|rbd|drbd|bcache|zd|fd|mtdblock)\d+|^md_/

async function kindOf(
  reader: ForgivingReader,
  name: string,
  folder: string,
  link: string | undefined,
): Promise<BlockDevice['kind'] | null> {
  if ((await reader.text(`${folder}/hidden`)) === '1') return null
  if (/^(sr|scd)\d+$/.test(name)) return 'optical'
  if (diskNames.test(name)) return 'disk'
  // Areas of an eMMC that the whole of it, under another name, does not hold.
  if (volumeNames.test(name) || /^mmcblk\d+(boot\d+|gp\d+|rpmb)$/.test(name)) return 'volume'
  if (/^sd[a-z]+$/.test(name)) {
    const type = await reader.count(`${folder}/device/type`)
    return type === null ? 'disk' : (scsiKinds.get(type) ?? null)
  }
  // A driver we do not know: what hangs on no device is made of software.
  if (link !== undefined) return link.includes('/virtual/') ? 'volume' : 'disk'
  return (await reader.host.link(`${folder}/device`)) === undefined ? 'volume' : 'disk'
}

/** A multipath head lies under its subsystem; any path's controller knows its PCI function. */
async function nvmePci(reader: ForgivingReader, folder: string): Promise<string | null> {
  const names = await reader.host.list(`${folder}/device`)
  for (const name of names.filter((entry) => /^nvme\d+$/.test(entry))) {
    const address = await reader.text(`${folder}/device/${name}/address`)
    if (address !== null && pciAddressesIn(address).length === 1) return address
  }
  return null
}
