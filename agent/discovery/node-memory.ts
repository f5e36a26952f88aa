import type { NumaFacts } from '../../protocol/facts/numa.ts'
import type { ForgivingReader } from './forgiving-reader.ts'
import { all } from './probe.ts'

type Node = NumaFacts['nodes'][number]

/** Kernel document numaperf.rst: `access0` of any initiator, `access1` of CPUs. */
export async function nodeAccess(reader: ForgivingReader, folder: string): Promise<Node['access']> {
  const found = await all([0, 1] as const, async (which) => {
    const place = `${folder}/access${which}/initiators`
    const names = await reader.names(place)
    if (names.length === 0) return []
    const [readBandwidth, writeBandwidth, readLatency, writeLatency] = await all(
      ['read_bandwidth', 'write_bandwidth', 'read_latency', 'write_latency'],
      (file) => reader.count(`${place}/${file}`),
    )
    return [
      {
        class: which,
        initiators: names
          .flatMap((name) => /^node(\d{1,4})$/.exec(name)?.[1] ?? [])
          .map(Number)
          .toSorted((a, b) => a - b),
        readBandwidthMebibytesPerSecond: told(readBandwidth),
        writeBandwidthMebibytesPerSecond: told(writeBandwidth),
        readLatencyNanoseconds: told(readLatency),
        writeLatencyNanoseconds: told(writeLatency),
      },
    ]
  })
  return found.flat()
}

/** The firmware leaves at 0 what it does not say. */
function told(value: number | null | undefined): number | null {
  return value === undefined || value === 0 ? null : value
}

const indexings = ['direct-mapped', 'indexed', 'other'] as const
const writePolicies = ['write-back', 'write-through', 'other'] as const

/** Kernel document numaperf.rst: `memory_side_cache/index1` is nearest to the memory. */
export async function memorySideCachesOf(
  reader: ForgivingReader,
  folder: string,
): Promise<Node['memorySideCaches']> {
  const place = `${folder}/memory_side_cache`
  const levels = (await reader.names(place))
    .flatMap((name) => /^index(\d{1,2})$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b)
  return all(levels, async (level) => {
    const [sizeBytes, lineSizeBytes, indexing, writePolicy] = await all(
      ['size', 'line_size', 'indexing', 'write_policy'],
      (file) => reader.count(`${place}/index${level}/${file}`),
    )
    return {
      level,
      sizeBytes: sizeBytes ?? null,
      lineSizeBytes: lineSizeBytes ?? null,
      indexing: indexings[indexing ?? -1] ?? null,
      writePolicy: writePolicies[writePolicy ?? -1] ?? null,
    }
  })
}
