import { DecodeError } from '../../protocol/errors.ts'
import type { CpuFacts } from '../../protocol/facts/cpu.ts'
import type { Host } from '../host.ts'
import { cpuListText } from './decode/cpu-list.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { attribute, countAttribute, cpusAttribute } from './sysfs.ts'

type Instances = CpuFacts['cacheInstances'][number]
type PackageCache = CpuFacts['packages'][number]['caches'][number]

/** One cache, and the CPUs that use it. */
interface CacheInstance extends Omit<Instances, 'sharedBy'> {
  readonly cpus: readonly number[]
}

/**
 * Every cache once, by level, type and the set of CPUs that share it (kernel document
 * cputopology.rst). The `id` file is no key: kernels before 5.12 have none, and it is not unique
 * across levels.
 */
export async function cachesOf(
  host: Host,
  online: readonly number[],
): Promise<readonly CacheInstance[]> {
  const places = (await all(online, (cpu) => cacheFolders(host, cpu))).flat()
  const distinct = new Map(places.map((place) => [place.key, place]))
  const caches = await all([...distinct.values()], ({ folder, cpus }) =>
    readCache(host, folder, cpus),
  )
  const own = await all(online, (cpu) => sparcCaches(host, cpu))
  return [...caches.filter((found) => found !== null), ...own.flat()].sort(
    (a, b) => rank(a) - rank(b) || (a.cpus[0] ?? 0) - (b.cpus[0] ?? 0),
  )
}

/** Caches that are alike, together. */
export function cacheInstances(caches: readonly CacheInstance[]): readonly Instances[] {
  const groups = Map.groupBy(caches, (cache) => JSON.stringify({ ...cache, cpus: [] }))
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike
    if (first === undefined) return []
    const { cpus: _cpus, ...kind } = first
    return [{ ...kind, sharedBy: alike.map(({ cpus }) => cpuListText(cpus)) }]
  })
}

/** The caches of a package whose size is known, by level and type. */
export function packageCaches(
  caches: readonly CacheInstance[],
  cpus: readonly number[],
): readonly PackageCache[] {
  const own = new Set(cpus)
  const sums: PackageCache[] = []
  for (const { cpus: users, level, type, sizeBytes, lineSizeBytes, ways } of caches) {
    if (sizeBytes === null || !own.has(users[0] ?? -1)) continue
    const at = sums.findIndex(
      (sum) => sum.level === level && sum.type === type && sum.sizeBytes === sizeBytes,
    )
    const same = sums[at]
    if (same === undefined) {
      sums.push({ level, type, sizeBytes, instanceCount: 1, lineSizeBytes, ways })
    } else sums[at] = { ...same, instanceCount: same.instanceCount + 1 }
  }
  return sums
}

/** L1 data, L1 instruction, L2, ... */
function rank({ level, type }: Pick<Instances, 'level' | 'type'>): number {
  return level * 2 + (type === 'instruction' ? 1 : 0)
}

interface CachePlace {
  readonly key: string
  readonly folder: string
  readonly cpus: readonly number[]
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
    const cpus = shared === null || shared.length === 0 ? [cpu] : shared
    return { key: `${level} ${type} ${cpus.join()}`, folder, cpus }
  })
}

/** Null for a cache whose type the kernel does not know. */
async function readCache(
  host: Host,
  folder: string,
  cpus: readonly number[],
): Promise<CacheInstance | null> {
  const [level, type, size, lineSizeBytes, ways, setCount] = await Promise.all([
    countAttribute(host, `${folder}/level`),
    attribute(host, `${folder}/type`),
    attribute(host, `${folder}/size`),
    countAttribute(host, `${folder}/coherency_line_size`),
    countAttribute(host, `${folder}/ways_of_associativity`),
    countAttribute(host, `${folder}/number_of_sets`),
  ])
  const known = (['data', 'instruction', 'unified'] as const).find(
    (name) => name === type?.toLowerCase(),
  )
  if (level === null || level === 0 || level > 8 || known === undefined) return null
  const sizeBytes = size === null ? null : parseSize(size)
  return { cpus, level, type: known, sizeBytes, lineSizeBytes, ways, setCount }
}

/** sparc64 has a file for each size, and caches that no CPUs share. */
const sparcFiles = [
  { level: 1, type: 'data', name: 'l1_dcache' },
  { level: 1, type: 'instruction', name: 'l1_icache' },
  { level: 2, type: 'unified', name: 'l2_cache' },
] as const

async function sparcCaches(host: Host, cpu: number): Promise<readonly CacheInstance[]> {
  const folder = `${paths.cpu}/cpu${cpu}`
  const found = await all(sparcFiles, async ({ level, type, name }) => {
    const [sizeBytes, lineSizeBytes] = await Promise.all([
      countAttribute(host, `${folder}/${name}_size`),
      countAttribute(host, `${folder}/${name}_line_size`),
    ])
    if (sizeBytes === null) return null
    return { cpus: [cpu], level, type, sizeBytes, lineSizeBytes, ways: null, setCount: null }
  })
  return found.filter((cache) => cache !== null)
}

/** `32K`, `16384K`, `24M` */
function parseSize(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([KM]?)$/.exec(text) ?? []
  if (digits === undefined) {
    throw new DecodeError(`Cannot read cache size '${text.slice(0, 64)}': want '32K'`)
  }
  return Number(digits) * (unit === 'K' ? 2 ** 10 : unit === 'M' ? 2 ** 20 : 1)
}
