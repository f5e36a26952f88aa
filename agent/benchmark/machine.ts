import type { CpuFacts } from '../../protocol/facts/cpu.ts'
import type { MemoryFacts } from '../../protocol/facts/memory.ts'
import type { NumaFacts } from '../../protocol/facts/numa.ts'
import type { StorageFacts } from '../../protocol/facts/storage.ts'

/** What the planner has to know of a machine. */
export interface BenchmarkMachine {
  /** Online logical CPUs. */
  readonly cpus: readonly number[]
  /** Nodes with at least one CPU; one node of all CPUs where the kernel knows none. */
  readonly numaNodes: readonly { readonly id: number; readonly cpus: readonly number[] }[]
  readonly memorySizeBytes: number
  /** All instances of the last cache level together; null where the kernel tells of no cache. */
  readonly lastLevelCacheSizeBytes: number | null
  readonly disks: readonly BenchmarkDisk[]
}

export interface BenchmarkDisk {
  /** Device file of this boot. */
  readonly path: string
  /** Null: the disk has none. */
  readonly serial: string | null
  readonly sizeBytes: number
}

/** The part of the CPU facts that counts here. */
interface CachedCpus extends Pick<CpuFacts, 'online'> {
  readonly packages: readonly Pick<CpuFacts['packages'][number], 'caches'>[]
}

/** The facts as the planner wants them. A class whose probe failed is null: its benchmarks go. */
export function benchmarkMachine(facts: {
  readonly cpu: CachedCpus
  readonly memory: Pick<MemoryFacts, 'sizeBytes'>
  readonly numa: NumaFacts | null
  readonly storage: StorageFacts | null
}): BenchmarkMachine {
  const memorySizeBytes = facts.memory.sizeBytes
  if (memorySizeBytes === null) {
    throw new Error('Cannot plan benchmarks: the size of memory is not known')
  }
  const nodes = facts.numa?.nodes.filter(({ cpus }) => cpus.length > 0) ?? []
  return {
    cpus: facts.cpu.online,
    numaNodes: nodes.length > 0 ? nodes : [{ id: 0, cpus: facts.cpu.online }],
    memorySizeBytes,
    lastLevelCacheSizeBytes: lastLevelCacheSize(facts.cpu),
    disks: (facts.storage?.disks ?? []).map(({ name, serial, sizeBytes }) => ({
      path: `/dev/${name}`,
      serial,
      sizeBytes,
    })),
  }
}

function lastLevelCacheSize({ packages }: CachedCpus): number | null {
  const caches = packages.flatMap((cpuPackage) => cpuPackage.caches)
  const last = Math.max(0, ...caches.map(({ level }) => level))
  if (last === 0) return null
  return caches
    .filter(({ level }) => level === last)
    .reduce((sum, { sizeBytes, instanceCount }) => sum + sizeBytes * instanceCount, 0)
}
