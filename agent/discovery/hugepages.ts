import type { MemoryFacts } from '../../protocol/facts/memory.ts'
import type { Host } from '../host.ts'
import { all } from './probe.ts'
import { countAttribute } from './sysfs.ts'

/** Pools of the machine or of a node: a folder `hugepages-2048kB` for each size (hugetlbpage.rst). */
export async function hugepagesOf(host: Host, folder: string): Promise<MemoryFacts['hugepages']> {
  const found = await all(await host.list(folder), async (name) => {
    const kibibytes = /^hugepages-(\d{1,10})kB$/.exec(name)?.[1]
    const totalCount = await countAttribute(host, `${folder}/${name}/nr_hugepages`)
    const freeCount = await countAttribute(host, `${folder}/${name}/free_hugepages`)
    if (kibibytes === undefined || totalCount === null || freeCount === null) return []
    return [{ sizeBytes: Number(kibibytes) * 1024, totalCount, freeCount }]
  })
  return found.flat().sort((a, b) => a.sizeBytes - b.sizeBytes)
}
