import type { CpuFacts } from '../../protocol/facts/cpu.ts'
import { cpuListText } from './decode/cpu-list.ts'
import type { Cpuinfo, CpuinfoBlock } from './decode/cpuinfo.ts'
import type { ForgivingReader } from './forgiving-reader.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'

/** Online CPUs of one physical package. */
export interface CpuPackage {
  readonly id: number
  readonly cpus: readonly number[]
  readonly coreCount: number
}

/** Where the online CPUs are (kernel document cputopology.rst). */
export interface CpuTopology {
  readonly packages: readonly CpuPackage[]
  readonly places: CpuFacts['topology']
}

/**
 * Packages by the sets of siblings that the kernel gives. The ids beside them are no safe key:
 * `core_id` repeats in every package and `physical_package_id` is -1 on some Arm machines.
 */
export async function topologyOf(
  reader: ForgivingReader,
  online: readonly number[],
  cpuinfo: Cpuinfo,
): Promise<CpuTopology> {
  const places = await all(online, (cpu) => placeOf(reader, cpu, cpuinfo.processors.get(cpu)))
  const packages = Map.groupBy(places, (place) => place.package)
  const ids = [...packages.values()].map((members) => members[0]?.packageId ?? null)
  const idsAreKeys = new Set(ids).size === ids.length && !ids.includes(null)
  const found = [...packages.values()].map((members, index) => ({
    id: (idsAreKeys ? ids[index] : null) ?? index,
    cpus: members.map(({ cpu }) => cpu),
    coreCount: new Set(members.map(({ core }) => core)).size,
    members,
  }))
  found.sort((a, b) => a.id - b.id)
  return {
    packages: found.map(({ id, cpus, coreCount }) => ({ id, cpus, coreCount })),
    places: found.flatMap(({ id, members }) => corePlaces(id, members)),
  }
}

interface Place {
  readonly cpu: number
  readonly packageId: number | null
  readonly dieId: number | null
  readonly clusterId: number | null
  readonly bookId: number | null
  readonly drawerId: number | null
  /** Equal for CPUs of one package. */
  readonly package: string
  /** Equal for the threads of one core. */
  readonly core: string
}

async function placeOf(
  reader: ForgivingReader,
  cpu: number,
  told: CpuinfoBlock | undefined,
): Promise<Place> {
  const folder = `${paths.cpu}/cpu${cpu}/topology`
  const id = (name: string) => reader.count(`${folder}/${name}`)
  const siblings = (name: string) => reader.cpus(`${folder}/${name}_list`, `${folder}/${name}`)
  const [ownPackageId, ownCoreId, dieId, clusterId, bookId, drawerId, inPackage, inCore] =
    await Promise.all([
      id('physical_package_id'),
      id('core_id'),
      id('die_id'),
      id('cluster_id'),
      id('book_id'),
      id('drawer_id'),
      siblings('core_siblings'),
      siblings('thread_siblings'),
    ])
  const packageId = ownPackageId ?? numberIn(told, 'physical id', 'package')
  const coreId = ownCoreId ?? numberIn(told, 'core id', 'core')
  const samePackage =
    inPackage ?? (await reader.cpus(`${folder}/package_cpus_list`, `${folder}/package_cpus`))
  const sameCore = inCore ?? (await reader.cpus(`${folder}/core_cpus_list`, `${folder}/core_cpus`))
  // Without the lists of siblings, ids that are unique in what is above them.
  const core = coreId === null ? `cpu ${cpu}` : [packageId, dieId, coreId].join()
  return {
    cpu,
    packageId,
    dieId,
    // 65535 is what firmware without clusters gives.
    clusterId: clusterId === 65_535 ? null : clusterId,
    bookId,
    drawerId,
    package: samePackage === null ? `id ${packageId}` : samePackage.join(),
    core: sameCore === null ? core : sameCore.join(),
  }
}

/** A number of /proc/cpuinfo: `physical id` and `core id` of x86, `package` and `core` of others. */
function numberIn(block: CpuinfoBlock | undefined, ...names: readonly string[]): number | null {
  const text = names.map((name) => block?.get(name)).find((value) => value !== undefined)
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null
}

/** The cores of a package, by the places in it. */
function corePlaces(packageId: number, members: readonly Place[]): CpuFacts['topology'] {
  const groups = Map.groupBy(members, ({ drawerId, bookId, dieId, clusterId }) =>
    [drawerId, bookId, dieId, clusterId].join(),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { drawerId, bookId, dieId, clusterId } = first
    const cores = Map.groupBy(group, ({ core }) => core)
    return [
      {
        drawerId,
        bookId,
        packageId,
        dieId,
        clusterId,
        cores: [...cores.values()].map((threads) => cpuListText(threads.map(({ cpu }) => cpu))),
      },
    ]
  })
}
