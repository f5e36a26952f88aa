import type { CpuFacts } from '../../protocol/facts/cpu.ts'
import type { Host } from '../host.ts'
import { cpuListText } from './decode/cpu-list.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { countAttribute, cpusAttribute } from './sysfs.ts'

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
export async function topologyOf(host: Host, online: readonly number[]): Promise<CpuTopology> {
  const places = await all(online, (cpu) => placeOf(host, cpu))
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

async function placeOf(host: Host, cpu: number): Promise<Place> {
  const folder = `${paths.cpu}/cpu${cpu}/topology`
  const id = (name: string) => countAttribute(host, `${folder}/${name}`)
  const [packageId, dieId, clusterId, bookId, drawerId, siblings, threads] = await Promise.all([
    id('physical_package_id'),
    id('die_id'),
    id('cluster_id'),
    id('book_id'),
    id('drawer_id'),
    cpusAttribute(host, `${folder}/core_siblings_list`, `${folder}/core_siblings`),
    cpusAttribute(host, `${folder}/thread_siblings_list`, `${folder}/thread_siblings`),
  ])
  return {
    cpu,
    packageId,
    dieId,
    // 65535 is what firmware without clusters gives.
    clusterId: clusterId === 65_535 ? null : clusterId,
    bookId,
    drawerId,
    package: siblings === null ? `id ${packageId}` : siblings.join(),
    core: threads === null ? `cpu ${cpu}` : threads.join(),
  }
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
