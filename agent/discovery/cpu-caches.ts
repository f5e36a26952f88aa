import { DecodeError } from '../../protocol/errors.ts'
import type { CpuFacts } from '../../protocol/facts/cpu.ts'
import { cpuListText } from './decode/cpu-list.ts'
import type { Cpuinfo } from './decode/cpuinfo.ts'
import type { ForgivingReader } from './forgiving-reader.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'

type Instances = CpuFacts['cacheInstances'][number]
type PackageCache = CpuFacts['packages'][number]['caches'][number]

/** One cache, and the CPUs that use it; none: the kernel does not say which. */
interface CacheInstance extends Omit<Instances, 'sharedBy'> {
  readonly cpus: readonly number[]
}

/**
 * Every cache once, by level, type and the set of CPUs that share it (kernel document
 * cputopology.rst). The `id` file is no key: kernels before 5.12 have none, and it is not unique
 * across levels.
 */
export async function cachesOf(
  reader: ForgivingReader,
  online: readonly number[],
  cpuinfo: Cpuinfo,
): Promise<readonly CacheInstance[]> {
  const places = (await all(online, (cpu) => cacheFolders(reader, cpu))).flat()
  const distinct = new Map(places.map((place) => [place.key, place]))
  const caches = await all([...distinct.values()], ({ folder, cpus }) =>
    readCache(reader, folder, cpus),
  )
  const own = await all(online, (cpu) => sparcCaches(reader, cpu))
  const read = caches.filter((cache) => cache !== null)
  const each = new Map(read.map((cache) => [`${rank(cache)} ${cache.cpus.join()}`, cache]))
  const found = [...each.values(), ...own.flat()]
  const told = s390Caches(cpuinfo, online).filter(
    (cache) => !found.some(({ level, type }) => level === cache.level && type === cache.type),
  )
  return [...found, ...told].sort(
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
    const sharedBy = alike.flatMap(({ cpus }) => (cpus.length === 0 ? [] : cpuListText(cpus)))
    return [{ ...kind, sharedBy }]
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

async function cacheFolders(reader: ForgivingReader, cpu: number): Promise<readonly CachePlace[]> {
  const parent = `${paths.cpu}/cpu${cpu}/cache`
  const folders = (await reader.names(parent)).filter((name) => /^index\d{1,2}$/.test(name))
  return all(folders, async (name) => {
    const folder = `${parent}/${name}`
    const shared = await reader.cpus(`${folder}/shared_cpu_list`, `${folder}/shared_cpu_map`)
    const cpus = shared === null || shared.length === 0 ? [cpu] : shared
    // The CPUs that share one have it under one name: it is read once.
    return { key: `${name} ${cpus.join()}`, folder, cpus }
  })
}

/** Null for a cache whose type the kernel does not know. */
async function readCache(
  reader: ForgivingReader,
  folder: string,
  cpus: readonly number[],
): Promise<CacheInstance | null> {
  const [level, type, sizeBytes, lineSizeBytes, ways, setCount] = await Promise.all([
    reader.count(`${folder}/level`),
    reader.text(`${folder}/type`),
    reader.decoded(`${folder}/size`, parseSize),
    reader.count(`${folder}/coherency_line_size`),
    reader.count(`${folder}/ways_of_associativity`),
    reader.count(`${folder}/number_of_sets`),
  ])
  const known = cacheType(type)
  if (level === null || level === 0 || level > 8 || known === null) return null
  return { cpus, level, type: known, sizeBytes, lineSizeBytes, ways, setCount }
}

function cacheType(text: string | null | undefined): Instances['type'] | null {
  const types = ['data', 'instruction', 'unified'] as const
  return types.find((name) => name === text?.toLowerCase()) ?? null
}

/** sparc64 has a file for each size, and caches that no CPUs share. */
const sparcFiles = [
  { level: 1, type: 'data', name: 'l1_dcache' },
  { level: 1, type: 'instruction', name: 'l1_icache' },
  { level: 2, type: 'unified', name: 'l2_cache' },
] as const

async function sparcCaches(
  reader: ForgivingReader,
  cpu: number,
): Promise<readonly CacheInstance[]> {
  const folder = `${paths.cpu}/cpu${cpu}`
  const found = await all(sparcFiles, async ({ level, type, name }) => {
    const [sizeBytes, lineSizeBytes] = await Promise.all([
      reader.count(`${folder}/${name}_size`),
      reader.count(`${folder}/${name}_line_size`),
    ])
    if (sizeBytes === null) return null
    return { cpus: [cpu], level, type, sizeBytes, lineSizeBytes, ways: null, setCount: null }
  })
  return found.filter((cache) => cache !== null)
}

/**
 * s390 shows the caches of each CPU in sysfs, and those that CPUs share in /proc/cpuinfo alone:
 * `cache4 : level=3 type=Unified scope=Shared size=65536K line_size=256 associativity=16`.
 */
function s390Caches({ machine }: Cpuinfo, online: readonly number[]): readonly CacheInstance[] {
  const lines = [...machine].filter(([name]) => /^cache\d{1,2}$/.test(name))
  return lines.flatMap(([, line]): readonly CacheInstance[] => {
    const fields = new Map(
      line.split(/\s+/).map((pair) => {
        const [key = '', value = ''] = pair.split('=')
        return [key, value] as const
      }),
    )
    const number = (name: string) => {
      const digits = /^\d{1,9}$/.exec(fields.get(name) ?? '')?.[0]
      return digits === undefined ? null : Number(digits)
    }
    const level = number('level')
    const type = cacheType(fields.get('type'))
    const kibibytes = /^(\d{1,9})K$/.exec(fields.get('size') ?? '')?.[1]
    if (level === null || level === 0 || level > 8 || type === null || kibibytes === undefined) {
      return []
    }
    const cache = {
      level,
      type,
      sizeBytes: Number(kibibytes) * 1024,
      lineSizeBytes: number('line_size'),
      ways: number('associativity'),
      setCount: null,
    }
    const isPrivate = fields.get('scope') === 'Private'
    return isPrivate ? online.map((cpu) => ({ ...cache, cpus: [cpu] })) : [{ ...cache, cpus: [] }]
  })
}

/** `32K`, `16384K`, `24M` */
function parseSize(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([KM]?)$/.exec(text) ?? []
  if (digits === undefined) {
    throw new DecodeError(`Cannot read cache size '${text.slice(0, 64)}': want '32K'`)
  }
  return Number(digits) * (unit === 'K' ? 2 ** 10 : unit === 'M' ? 2 ** 20 : 1)
}
