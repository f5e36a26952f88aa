import type { Disk } from '../../protocol/facts/storage.ts'
import type { Host } from '../host.ts'
import { type BlockDevice, blockNames, kernelBlockName } from './block-device.ts'
import { all } from './probe.ts'
import { countAttribute, sectorsAttribute } from './sysfs.ts'

/** Partitions the kernel sees on a disk, by number. */
export async function partitionsOf(
  host: Host,
  { folder, name }: BlockDevice,
): Promise<Disk['partitions']> {
  const own = name.replaceAll('/', '!')
  const candidates = (await host.list(folder)).filter((entry) => entry.startsWith(own))
  const found = await all(candidates, async (entry) => {
    const [number, startBytes, sizeBytes] = await Promise.all([
      countAttribute(host, `${folder}/${entry}/partition`),
      sectorsAttribute(host, `${folder}/${entry}/start`),
      sectorsAttribute(host, `${folder}/${entry}/size`),
    ])
    if (number === null || startBytes === null || sizeBytes === null) return []
    const holders = [...(await blockNames(host, `${folder}/${entry}/holders`))]
    return [{ name: kernelBlockName(entry), number, startBytes, sizeBytes, holders }]
  })
  return found.flat().sort((a, b) => a.number - b.number)
}
