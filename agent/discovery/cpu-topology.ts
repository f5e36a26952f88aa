import type { Host } from '../host.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { countAttribute, cpusAttribute } from './sysfs.ts'

/** Online CPUs of one physical package. */
export interface CpuPackage {
  readonly id: number
  readonly cpus: readonly number[]
  readonly coreCount: number
}

/**
 * Packages by the sets of siblings that the kernel gives. The ids beside them are no safe key:
 * `core_id` repeats in every package and `physical_package_id` is -1 on some Arm machines.
 */
export async function topologyOf(
  host: Host,
  online: readonly number[],
): Promise<readonly CpuPackage[]> {
  const places = await all(online, (cpu) => placeOf(host, cpu))
  const packages = Map.groupBy(places, (place) => place.package)
  const ids = [...packages.values()].map((members) => members[0]?.packageId ?? null)
  const idsAreKeys = new Set(ids).size === ids.length && !ids.includes(null)
  const found = [...packages.values()].map((members, index) => ({
    id: (idsAreKeys ? ids[index] : null) ?? index,
    cpus: members.map(({ cpu }) => cpu),
    coreCount: new Set(members.map(({ core }) => core)).size,
  }))
  return found.sort((a, b) => a.id - b.id)
}

interface Place {
  readonly cpu: number
  readonly packageId: number | null
  /** Equal for CPUs of one package. */
  readonly package: string
  /** Equal for the threads of one core. */
  readonly core: string
}

async function placeOf(host: Host, cpu: number): Promise<Place> {
  const folder = `${paths.cpu}/cpu${cpu}/topology`
  const [packageId, siblings, threads] = await Promise.all([
    countAttribute(host, `${folder}/physical_package_id`),
    cpusAttribute(host, `${folder}/core_siblings_list`, `${folder}/core_siblings`),
    cpusAttribute(host, `${folder}/thread_siblings_list`, `${folder}/thread_siblings`),
  ])
  return {
    cpu,
    packageId,
    package: siblings === null ? `id ${packageId}` : siblings.join(),
    core: threads === null ? `cpu ${cpu}` : threads.join(),
  }
}
