import { DecodeError } from '../../../protocol/errors.ts'
import type { NumaFacts } from '../../../protocol/facts/numa.ts'
import type { Host } from '../../host.ts'
import { parseCpuList } from '../decode/cpu-list.ts'
import { paths } from '../paths.ts'
import { hugepagesOf } from '../hugepages.ts'
import { memorySideCachesOf, nodeAccess } from '../node-memory.ts'
import { all, type Probe } from '../probe.ts'
import { attribute, cpusAttribute } from '../sysfs.ts'
import { memoryTotal } from './memory.ts'

/** Kernel document sysfs-devices-node. A kernel without NUMA shows no nodes. */
export const numaProbe: Probe<'numa'> = {
  class: 'numa',
  async read(host) {
    const ids = (await host.list(paths.node))
      .flatMap((name) => /^node(\d{1,5})$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
    const online = await attribute(host, `${paths.cpu}/online`)
    const onlineCpus = online === null ? null : new Set(parseCpuList(online))
    const nodes = await all(ids, (id) => readNode(host, id, onlineCpus))
    return { facts: { nodes }, findings: [] }
  },
}

async function readNode(
  host: Host,
  id: number,
  online: ReadonlySet<number> | null,
): Promise<NumaFacts['nodes'][number]> {
  const folder = `${paths.node}/node${id}`
  const [cpus, meminfo, distance, access, memorySideCaches, hugepages] = await Promise.all([
    cpusAttribute(host, `${folder}/cpulist`, `${folder}/cpumap`),
    attribute(host, `${folder}/meminfo`),
    attribute(host, `${folder}/distance`),
    nodeAccess(host, folder),
    memorySideCachesOf(host, folder),
    hugepagesOf(host, `${folder}/hugepages`),
  ])
  return {
    id,
    cpus: (cpus ?? []).filter((cpu) => online === null || online.has(cpu)),
    memorySizeBytes: meminfo === null ? null : memoryTotal(meminfo),
    distances: distance === null ? [] : distance.split(/\s+/).map(parseDistance),
    access,
    memorySideCaches,
    hugepages,
  }
}

function parseDistance(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new DecodeError(`Cannot read NUMA distance '${text.slice(0, 64)}': want a number`)
}
