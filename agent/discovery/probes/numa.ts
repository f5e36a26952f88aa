import { DecodeError } from '../../../protocol/errors.ts'
import type { NumaFacts } from '../../../protocol/facts/numa.ts'
import { parseCpuList } from '../decode/cpu-list.ts'
import { type ForgivingReader, forgivingReader } from '../forgiving-reader.ts'
import { paths } from '../paths.ts'
import { hugepagesOf } from '../hugepages.ts'
import { memorySideCachesOf, nodeAccess } from '../node-memory.ts'
import { all, type Probe } from '../probe.ts'
import { memoryTotal } from './memory.ts'

/** Kernel document sysfs-devices-node. A kernel without NUMA shows no nodes. */
export const numaProbe: Probe<'numa'> = {
  class: 'numa',
  async read(host) {
    const reader = forgivingReader(host, 'numa')
    const ids = (await host.list(paths.node))
      .flatMap((name) => /^node(\d{1,5})$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
    const online = await reader.decoded(`${paths.cpu}/online`, parseCpuList)
    const onlineCpus = online === null ? null : new Set(online)
    const nodes = await all(ids, (id) => readNode(reader, id, onlineCpus))
    return { facts: { nodes }, findings: [...reader.findings()] }
  },
}

async function readNode(
  reader: ForgivingReader,
  id: number,
  online: ReadonlySet<number> | null,
): Promise<NumaFacts['nodes'][number]> {
  const folder = `${paths.node}/node${id}`
  const [cpus, memorySizeBytes, distances, access, memorySideCaches, hugepages] = await Promise.all(
    [
      reader.cpus(`${folder}/cpulist`, `${folder}/cpumap`),
      reader.decoded(`${folder}/meminfo`, memoryTotal),
      reader.decoded(`${folder}/distance`, parseDistances),
      nodeAccess(reader, folder),
      memorySideCachesOf(reader, folder),
      hugepagesOf(reader, `${folder}/hugepages`),
    ],
  )
  return {
    id,
    cpus: (cpus ?? []).filter((cpu) => online === null || online.has(cpu)),
    memorySizeBytes,
    distances: [...(distances ?? [])],
    access,
    memorySideCaches,
    hugepages,
  }
}

function parseDistances(text: string): readonly number[] {
  return text.split(/\s+/).map(parseDistance)
}

function parseDistance(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new DecodeError(`Cannot read NUMA distance '${text.slice(0, 64)}': want a number`)
}
