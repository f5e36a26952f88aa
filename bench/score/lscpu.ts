import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCpuList } from '../../agent/discovery/decode/cpu-list.ts'
import { cpuProbe } from '../../agent/discovery/probes/cpu.ts'
import { numaProbe } from '../../agent/discovery/probes/numa.ts'
import { systemProbe } from '../../agent/discovery/probes/system.ts'
import { rootedHost } from '../../agent/host.ts'
import { type FactsOf, parseFacts } from '../../protocol/facts/inventory.ts'
import { cacheType, type LscpuMachine, lscpuValue } from './lscpu/values.ts'
import { corpusNames, corpusPath, unpacked } from './corpus.ts'
import type { Comparison, Score, Scorer } from './scorer.ts'

const folder = 'util-linux-lscpu'

/** `lscpu -p`: which CPUs share a core, a socket, a node, each cache. */
export const lscpuTopologyScorer: Scorer = {
  source: 'lscpu-p',
  peer: 'lscpu 2.38.1 -p',
  corpus: folder,
  targetRatio: 1,
  measure: () =>
    measure(async (machine) => {
      const path = corpusPath(folder, 'oracle', `${machine.name}.lscpu-p.txt`)
      return { comparisons: compareLscpuTopology(machine, await readFile(path, 'utf8')) }
    }),
}

/** The lines of lscpu: names, counts, sizes. */
export const lscpuScorer: Scorer = {
  source: 'lscpu',
  peer: 'lscpu (golden output of its own tests)',
  corpus: folder,
  targetRatio: 0.98,
  measure: () =>
    measure(async (machine) => {
      const path = corpusPath(folder, 'expected', `lscpu-${machine.name}`)
      return compareLscpuSummary(machine, await readFile(path, 'utf8'))
    }),
}

interface Compared {
  readonly comparisons: readonly Comparison[]
  /** Lines of the peer that facts do not hold. */
  readonly uncovered?: readonly string[]
}

async function measure(compare: (machine: LscpuMachine) => Promise<Compared>): Promise<Score> {
  const names = await corpusNames(`${folder}/dumps`, '.tar.gz')
  await using files = await unpacked(
    `${folder}/dumps`,
    names.map((name) => `${name}.tar.gz`),
  )
  const comparisons: Comparison[] = []
  const uncovered: string[] = []
  for (const name of names) {
    const compared = await compare(await lscpuMachine(name, join(files.root, name)))
    comparisons.push(...compared.comparisons)
    uncovered.push(...(compared.uncovered ?? []))
  }
  return { machineCount: names.length, comparisons, uncovered }
}

/** What the probes find in the recording under `root`. */
export async function lscpuMachine(name: string, root: string): Promise<LscpuMachine> {
  const host = rootedHost(root)
  const cpu = parseFacts('cpu', (await cpuProbe.read(host)).facts)
  const numa = parseFacts('numa', (await numaProbe.read(host)).facts)
  const { hypervisor } = parseFacts('system', (await systemProbe.read(host)).facts)
  return { name, cpu, numa, hypervisor }
}

/**
 * Numbers in lscpu's columns are its own; what they mean is which CPUs have the same one. Each is
 * compared as the smallest CPU that has it.
 */
export function compareLscpuTopology(machine: LscpuMachine, text: string): readonly Comparison[] {
  const comparisons: Comparison[] = []
  const { name, cpu } = machine
  const cores = cpu.topology.flatMap((place) => place.cores.map(parseCpuList))
  const rows = topologyRows(text)
  for (const title of rows[0]?.keys() ?? []) {
    const groups = groupsOf(title, machine, cores)
    if (groups === null) continue
    const theirs = Map.groupBy(rows, (row) => row.get(title) ?? '')
    for (const row of rows) {
      const number = Number(row.get('CPU'))
      const id = row.get(title) ?? ''
      if ((row.get('Online') ?? 'Y') !== 'Y' || id === '') continue
      const peers = theirs.get(id) ?? []
      comparisons.push({
        machine: `${name} CPU ${number}`,
        field: title,
        ours: leastOf(groups.find((group) => group.includes(number)) ?? [], alike(cpu, number)),
        theirs: leastOf(
          peers.map((peer) => Number(peer.get('CPU'))),
          alike(cpu, number),
        ),
      })
    }
  }
  return comparisons
}

/**
 * Rows by the titles of their columns. From util-linux 2.40 on all caches are one column with colons,
 * `L1d:L1i:L2`; before, each is a column after an empty one.
 */
function topologyRows(text: string): readonly ReadonlyMap<string, string>[] {
  const lines = text.split('\n').filter((line) => line !== '')
  const head = lines.findLast((line) => line.startsWith('# CPU')) ?? ''
  const titles = head.replace('# ', '').split(/[,:]/)
  return lines
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(/[,:]/))
    .map((cells) => new Map(titles.map((title, column) => [title, cells[column] ?? ''])))
}

/** lscpu counts cores and sockets anew for each kind of CPU: numbers compare within a kind only. */
function alike(cpu: FactsOf<'cpu'>, number: number): ReadonlySet<number> {
  const kinds = cpu.kinds.map(({ model, cpus }) => ({ model, cpus: parseCpuList(cpus) }))
  const own = kinds.find(({ cpus }) => cpus.includes(number))
  return new Set(
    kinds
      .filter(({ model }) => model === own?.model)
      .flatMap(({ cpus }) => cpus)
      .concat(number),
  )
}

function leastOf(cpus: readonly number[], among: ReadonlySet<number>): string {
  const same = cpus.filter((one) => among.has(one))
  return same.length === 0 ? 'none' : `with ${Math.min(...same)}`
}

/** Null: a column that is no group of CPUs. */
function groupsOf(
  title: string,
  { cpu, numa }: LscpuMachine,
  cores: readonly (readonly number[])[],
): readonly (readonly number[])[] | null {
  if (title === 'Core') return cores
  if (title === 'Socket') return cpu.packages.map(({ cpus }) => cpus)
  if (title === 'Node') return numa.nodes.map(({ cpus }) => cpus)
  const [, level, kind] = /^L(\d)([di]?)$/.exec(title) ?? []
  if (level === undefined) return null
  return cpu.cacheInstances
    .filter((one) => one.level === Number(level) && one.type === cacheType(kind))
    .flatMap(({ sharedBy }) => sharedBy.map(parseCpuList))
}

/** lscpu's summary, `field: value`, which ends at the first parsable section. */
export function compareLscpuSummary(machine: LscpuMachine, text: string): Compared {
  const { name, cpu } = machine
  const comparisons: Comparison[] = []
  const uncovered: string[] = []
  const summary = text.split('\n\n')[0] ?? ''
  let kind = -1
  for (const line of summary.split('\n')) {
    const [, field = '', theirs = ''] = /^ *(.+?): +(.*)$/.exec(line) ?? []
    if (field === '') continue
    // The lines of one kind of CPU begin with its name.
    if (field === 'Model name') {
      kind = cpu.kinds.findIndex(({ model }) => model === theirs.trim())
    }
    const ours = lscpuValue(field, theirs.trim(), machine, Math.max(0, kind))
    if (ours === undefined) uncovered.push(`${name}: ${field}`)
    else {
      const machineName = cpu.kinds.length > 1 ? `${name} kind ${kind}` : name
      comparisons.push({ machine: machineName, field, ours, theirs: theirs.trim() })
    }
  }
  return { comparisons, uncovered }
}
