import type { Disk } from '../../protocol/facts/storage.ts'
import type { Host } from '../host.ts'
import type { BlockDevice } from './block-device.ts'
import { all } from './probe.ts'
import { countAttribute } from './sysfs.ts'

/** Partitions the kernel sees on a disk, by number. */
export async function partitionsOf(
  host: Host,
  { folder, name }: BlockDevice,
): Promise<Disk['partitions']> {
  const candidates = (await host.list(folder)).filter((entry) => entry.startsWith(name))
  const found = await all(candidates, async (entry) => {
    const [number, start, size] = await Promise.all([
      countAttribute(host, `${folder}/${entry}/partition`),
      countAttribute(host, `${folder}/${entry}/start`),
      countAttribute(host, `${folder}/${entry}/size`),
    ])
    if (number === null || start === null || size === null) return []
    const holders = [...(await host.list(`${folder}/${entry}/holders`))]
    return [{ name: entry, number, startBytes: start * 512, sizeBytes: size * 512, holders }]
  })
  return found.flat().sort((a, b) => a.number - b.number)
}
