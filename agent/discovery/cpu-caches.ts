import { DecodeError } from '../../protocol/errors.ts'
import type { CpuFacts } from '../../protocol/facts/cpu.ts'
import type { Host } from '../host.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { attribute, countAttribute, cpusAttribute } from './sysfs.ts'

type Cache = CpuFacts['packages'][number]['caches'][number]

/** One cache, and a CPU that uses it. */
export interface CacheInstance {
  readonly cpu: number
  readonly cache: Cache
}

/**
 * Every cache once, by level, type and the set of CPUs that share it (kernel document cputopology.rst). The `id`
 * file is no key: kernels before 5.12 have none, and it is not unique across levels.
 */
export async function cachesOf(
  host: Host,
  online: readonly number[],
): Promise<readonly CacheInstance[]> {
  const places = (await all(online, (cpu) => cacheFolders(host, cpu))).flat()
  const distinct = new Map(places.map((place) => [place.key, place]))
  const caches = await all([...distinct.values()], ({ folder, cpu }) =>
    readCache(host, folder, cpu),
  )
  return caches
    .filter((found) => found !== null)
    .sort((a, b) => rank(a.cache) - rank(b.cache) || a.cpu - b.cpu)
}

/** L1 data, L1 instruction, L2, ... */
function rank({ level, type }: Cache): number {
  return level * 2 + (type === 'instruction' ? 1 : 0)
}

interface CachePlace {
  readonly key: string
  readonly folder: string
  readonly cpu: number
}

async function cacheFolders(host: Host, cpu: number): Promise<readonly CachePlace[]> {
  const parent = `${paths.cpu}/cpu${cpu}/cache`
  const folders = (await host.list(parent)).filter((name) => /^index\d{1,2}$/.test(name))
  return all(folders, async (name) => {
    const folder = `${parent}/${name}`
    const [level, type, shared] = await Promise.all([
      attribute(host, `${folder}/level`),
      attribute(host, `${folder}/type`),
      cpusAttribute(host, `${folder}/shared_cpu_list`, `${folder}/shared_cpu_map`),
    ])
    return { key: `${level} ${type} ${(shared ?? [cpu]).join()}`, folder, cpu }
  })
}

/** Null for a cache whose type or size the kernel does not know. */
async function readCache(host: Host, folder: string, cpu: number): Promise<CacheInstance | null> {
  const [level, type, size, lineSizeBytes, ways] = await Promise.all([
    countAttribute(host, `${folder}/level`),
    attribute(host, `${folder}/type`),
    attribute(host, `${folder}/size`),
    countAttribute(host, `${folder}/coherency_line_size`),
    countAttribute(host, `${folder}/ways_of_associativity`),
  ])
  const known = (['data', 'instruction', 'unified'] as const).find(
    (name) => name === type?.toLowerCase(),
  )
  if (level === null || level === 0 || known === undefined || size === null) return null
  const sizeBytes = parseSize(size)
  return { cpu, cache: { level, type: known, sizeBytes, instanceCount: 1, lineSizeBytes, ways } }
}

/** `32K`, `16384K`, `24M` */
function parseSize(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([KM]?)$/.exec(text) ?? []
  if (digits === undefined) {
    throw new DecodeError(`Cannot read cache size '${text.slice(0, 64)}': want '32K'`)
  }
  return Number(digits) * (unit === 'K' ? 2 ** 10 : unit === 'M' ? 2 ** 20 : 1)
}
