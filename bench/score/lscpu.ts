import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCpuList } from '../../agent/discovery/decode/cpu-list.ts'
import { cpuProbe } from '../../agent/discovery/probes/cpu.ts'
import { numaProbe } from '../../agent/discovery/probes/numa.ts'
import { rootedHost } from '../../agent/host.ts'
import { type FactsOf, parseFacts } from '../../protocol/facts/inventory.ts'
import { corpusNames, corpusPath, unpacked } from './corpus.ts'
import type { Comparison, Score, Scorer } from './scorer.ts'

const folder = 'util-linux-lscpu'

/** A recorded machine as the probes found it. */
export interface LscpuMachine {
  readonly name: string
  readonly cpu: FactsOf<'cpu'>
  readonly numa: FactsOf<'numa'>
}

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
  return { name, cpu, numa }
}

/**
 * Numbers in lscpu's columns are its own; what they mean is which CPUs have the same one. Each is
 * compared as the smallest CPU that has it.
 */
export function compareLscpuTopology(
  { name, cpu, numa }: LscpuMachine,
  text: string,
): readonly Comparison[] {
  const comparisons: Comparison[] = []
  const lines = text.split('\n').filter((line) => line !== '')
  const head = lines.findLast((line) => line.startsWith('# CPU')) ?? ''
  const columns = head.replace('# ', '').split(',')
  const rows = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split(','))
    .filter(([number]) => number !== '')
  const cores = cpu.topology.flatMap((place) => place.cores.map(parseCpuList))
  for (const [column, title] of columns.entries()) {
    if (title === '' || title === 'CPU' || title === 'Online') continue
    const groups = groupsOf(title, { name, cpu, numa }, cores)
    const theirs = Map.groupBy(rows, (row) => row[column] ?? '')
    for (const row of rows) {
      const number = Number(row[0])
      const id = row[column] ?? ''
      if (row[columns.indexOf('Online')] !== 'Y' || id === '') continue
      const peers = theirs.get(id) ?? []
      comparisons.push({
        machine: `${name} CPU ${number}`,
        field: title,
        ours: leastOf(groups.find((group) => group.includes(number)) ?? [], alike(cpu, number)),
        theirs: leastOf(
          peers.map(([peer]) => Number(peer)),
          alike(cpu, number),
        ),
      })
    }
  }
  return comparisons
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

function groupsOf(
  title: string,
  { cpu, numa }: LscpuMachine,
  cores: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  if (title === 'Core') return cores
  if (title === 'Socket') return cpu.packages.map(({ cpus }) => cpus)
  if (title === 'Node') return numa.nodes.map(({ cpus }) => cpus)
  const [, level, kind] = /^L(\d)([di]?)$/.exec(title) ?? []
  return cpu.cacheInstances
    .filter((one) => one.level === Number(level) && one.type === cacheType(kind))
    .flatMap(({ sharedBy }) => sharedBy.map(parseCpuList))
}

function cacheType(letter: string | undefined): string {
  return letter === 'd' ? 'data' : letter === 'i' ? 'instruction' : 'unified'
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
    const ours = valueOf(field, theirs.trim(), machine, Math.max(0, kind))
    if (ours === undefined) uncovered.push(`${name}: ${field}`)
    else {
      const machineName = cpu.kinds.length > 1 ? `${name} kind ${kind}` : name
      comparisons.push({ machine: machineName, field, ours, theirs: theirs.trim() })
    }
  }
  return { comparisons, uncovered }
}

function valueOf(
  field: string,
  theirs: string,
  { cpu, numa }: LscpuMachine,
  kind: number,
): string | null | undefined {
  const first = cpu.packages[0]
  const own = cpu.kinds.length > 1 ? cpu.kinds[kind] : undefined
  const x86 = cpu.architecture === 'x86_64'
  const megahertz = (hertz: number | null | undefined) =>
    hertz === null || hertz === undefined ? null : (hertz / 1e6).toFixed(4)
  const numbers = (list: readonly number[] | undefined) => JSON.stringify(list ?? [])
  const sameList = (list: readonly number[] | undefined) =>
    numbers(list) === numbers(parseCpuList(theirs)) ? theirs : numbers(list)
  const node = /^NUMA node(\d+) CPU\(s\)$/.exec(field)?.[1]
  if (node !== undefined) {
    const found = numa.nodes.find(({ id }) => id === Number(node))?.cpus
    // lscpu lists a node's offline CPUs too where the kernel does.
    const online = parseCpuList(theirs).filter((one) => cpu.online.includes(one))
    return numbers(found) === numbers(online) ? theirs : numbers(found)
  }
  const weakness = /^Vulnerability (.+)$/.exec(field)?.[1]
  if (weakness !== undefined) {
    const key = weakness.toLowerCase().replaceAll(' ', '_')
    const state = cpu.vulnerabilities.find((one) => one.name === key)?.state
    // lscpu puts a semicolon after the first word and takes every other colon away.
    return (
      state?.replace(/^Mitigation:/, 'Mitigation;').replaceAll(/(?<!^Vulnerable):/g, '') ?? null
    )
  }
  if (/^L\d[di]? cache$/.test(field)) return cacheText(field, theirs, cpu)
  switch (field) {
    case 'CPU(s)':
      return String(cpu.presentCount)
    case 'On-line CPU(s) list':
      return sameList(cpu.online)
    case 'Off-line CPU(s) list':
      return sameList(cpu.offline)
    case 'NUMA node(s)':
      return String(numa.nodes.length)
    case 'Vendor ID':
      return own?.vendor ?? first?.vendor ?? null
    case 'Model name':
      if (theirs === '-') return cpu.kinds[0]?.model === null ? '-' : undefined
      return cpu.kinds.find(({ model }) => model === theirs)?.model ?? cpu.kinds[0]?.model ?? null
    case 'CPU max MHz':
      return megahertz(own?.maxFrequencyHz ?? fastest(cpu, 'maxFrequencyHz'))
    case 'CPU min MHz':
      return megahertz(own?.minFrequencyHz ?? fastest(cpu, 'minFrequencyHz'))
    case 'Frequency boost':
      return cpu.frequencyBoost === null ? null : cpu.frequencyBoost ? 'enabled' : 'disabled'
    case 'Virtualization':
      return cpu.virtualization
    case 'Flags':
      return cpu.flags.join(' ')
    case 'Address sizes':
      return `${cpu.physicalAddressBits} bits physical, ${cpu.virtualAddressBits} bits virtual`
    case 'Microcode version':
      return first?.microcode ?? null
    default:
      return x86 ? x86Value(field, cpu) : countValue(field, cpu, kind)
  }
}

function fastest(cpu: FactsOf<'cpu'>, key: 'maxFrequencyHz' | 'minFrequencyHz'): number | null {
  const known = cpu.kinds.flatMap((one) => one[key] ?? [])
  if (known.length === 0) return null
  return key === 'maxFrequencyHz' ? Math.max(...known) : Math.min(...known)
}

function x86Value(field: string, cpu: FactsOf<'cpu'>): string | null | undefined {
  const first = cpu.packages[0]
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? null : String(value)
  switch (field) {
    case 'Stepping':
      return number(first?.stepping)
    case 'Model':
      return number(first?.modelNumber)
    case 'CPU family':
      return number(first?.family)
    default:
      return countValue(field, cpu, 0)
  }
}

/** Books and drawers, which s390 has, change what a socket is counted in. */
function countValue(field: string, cpu: FactsOf<'cpu'>, kind: number): string | null | undefined {
  const hasBooks = cpu.topology.some(({ bookId }) => bookId !== null)
  const several =
    cpu.kinds.length > 1 && cpu.kinds.some(({ model }) => model !== cpu.kinds[0]?.model)
  if (hasBooks || (several && kind >= 0)) return undefined
  switch (field) {
    case 'Socket(s)':
      return String(cpu.packageCount)
    case 'Core(s) per socket':
      return String(cpu.coreCount / cpu.packageCount)
    case 'Thread(s) per core':
      return String(Math.max(1, Math.round(cpu.threadCount / cpu.coreCount)))
    default:
      return undefined
  }
}

const units: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
])

/** `64 KiB (2 instances)`: all instances together; lscpu rounds to one decimal. */
function cacheText(field: string, theirs: string, cpu: FactsOf<'cpu'>): string | null | undefined {
  const [, level, letter] = /^L(\d)([di]?) cache$/.exec(field) ?? []
  const own = cpu.cacheInstances.filter(
    (one) => one.level === Number(level) && one.type === cacheType(letter),
  )
  const [, size, unit = '', instances] =
    /^([\d.]+) (\w+)(?: \((\d+) instances?\))?$/.exec(theirs) ?? []
  // s390 and sparc64 tell caches in files of their own.
  if (own.length === 0 || instances === undefined) return undefined
  const count = own.reduce((sum, { sharedBy }) => sum + sharedBy.length, 0)
  const bytes = own.reduce((sum, one) => sum + (one.sizeBytes ?? 0) * one.sharedBy.length, 0)
  const wanted = Number(size) * (units.get(unit) ?? Number.NaN)
  const near = Math.abs(bytes - wanted) <= wanted * 0.01
  return near && count === Number(instances) ? theirs : `${bytes} B (${count} instances)`
}
