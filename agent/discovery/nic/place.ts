import type { Host } from '../../host.ts'
import { paths } from '../paths.ts'
import { countAttribute, pciAddressesIn, resolveLink } from '../sysfs.ts'

/** Where the device of an entry of a /sys/class folder is, as a path; null when software made it. */
export async function devicePathOf(
  host: Host,
  classFolder: string,
  name: string,
): Promise<string | null> {
  const folder = `${classFolder}/${name}`
  const [own, device] = await Promise.all([host.link(folder), host.link(`${folder}/device`)])
  const place = own === undefined ? folder : resolveLink(classFolder, own)
  if (device !== undefined) return resolveLink(place, device)
  // A recording may have cut the link to the device and kept the way to the entry.
  return pciAddressesIn(place).length > 0 ? place : null
}

/** PCI function below the entry of a class folder; null when it is on no PCI bus. */
export async function pciAddressOf(
  host: Host,
  classFolder: string,
  name: string,
): Promise<string | null> {
  const place = await devicePathOf(host, classFolder, name)
  return place === null ? null : (pciAddressesIn(place).at(-1) ?? null)
}

/** NUMA node of a PCI function; null when the kernel names none. */
export async function numaNodeOf(host: Host, pciAddress: string | null): Promise<number | null> {
  if (pciAddress === null) return null
  const node = await countAttribute(host, `${paths.pci}/${pciAddress}/numa_node`)
  return node === null || node > 65_535 ? null : node
}
