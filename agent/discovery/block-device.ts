import type { Host } from '../host.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { attribute, countAttribute, pciAddressesIn, resolveLink } from './sysfs.ts'

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
export async function blockDevices(host: Host): Promise<readonly BlockDevice[]> {
  const found = await all(await host.list(paths.block), (name) => blockDevice(host, name))
  return found.filter((device) => device !== null)
}

async function blockDevice(host: Host, name: string): Promise<BlockDevice | null> {
  const folder = `${paths.block}/${name}`
  const own = await host.link(folder)
  const kind = await kindOf(host, name, folder)
  if (kind === null) return null
  const device = await host.link(`${folder}/device`)
  const base = own === undefined ? folder : resolveLink(paths.block, own)
  const parent = device === undefined ? '' : resolveLink(base, device)
  const place = own === undefined && device !== undefined ? `${parent}/block/${name}` : base
  const pciAddress =
    pciAddressesIn(place).at(-1) ?? pciAddressesIn(parent).at(-1) ?? (await nvmePci(host, folder))
  return { name, folder, kind, place, pciAddress }
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
const volumeNames = /^(loop|ram|zram|dm-|md|nbd|rbd|drbd|bcache|zd)\d+|^md_/

async function kindOf(
  host: Host,
  name: string,
  folder: string,
): Promise<BlockDevice['kind'] | null> {
  if ((await attribute(host, `${folder}/hidden`)) === '1') return null
  if (/^(sr|scd)\d+$/.test(name)) return 'optical'
  if (diskNames.test(name)) return 'disk'
  if (/^(fd|mtdblock)\d+$/.test(name)) return null
  // Areas of an eMMC that the whole of it, under another name, does not hold.
  if (volumeNames.test(name) || /^mmcblk\d+(boot\d+|gp\d+|rpmb)$/.test(name)) return 'volume'
  if (/^sd[a-z]+$/.test(name)) {
    const type = await countAttribute(host, `${folder}/device/type`)
    return type === null ? 'disk' : (scsiKinds.get(type) ?? null)
  }
  return (await host.link(`${folder}/device`)) === undefined ? null : 'disk'
}

/** A multipath head lies under its subsystem; any path's controller knows its PCI function. */
async function nvmePci(host: Host, folder: string): Promise<string | null> {
  const names = await host.list(`${folder}/device`)
  for (const name of names.filter((entry) => /^nvme\d+$/.test(entry))) {
    const address = await attribute(host, `${folder}/device/${name}/address`)
    if (address !== null && pciAddressesIn(address).length === 1) return address
  }
  return null
}
