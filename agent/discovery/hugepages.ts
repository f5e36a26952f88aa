import type { MemoryFacts } from '../../protocol/facts/memory.ts'
import type { ForgivingReader } from './forgiving-reader.ts'
import { all } from './probe.ts'

/** Pools of the machine or of a node: a folder `hugepages-2048kB` for each size (hugetlbpage.rst). */
export async function hugepagesOf(
  reader: ForgivingReader,
  folder: string,
): Promise<MemoryFacts['hugepages']> {
  const found = await all(await reader.names(folder), async (name) => {
    const kibibytes = /^hugepages-(\d{1,10})kB$/.exec(name)?.[1]
    const totalCount = await reader.count(`${folder}/${name}/nr_hugepages`)
    const freeCount = await reader.count(`${folder}/${name}/free_hugepages`)
    if (kibibytes === undefined || totalCount === null || freeCount === null) return []
    return [{ sizeBytes: Number(kibibytes) * 1024, totalCount, freeCount }]
  })
  return found.flat().sort((a, b) => a.sizeBytes - b.sizeBytes)
}
