import { parseCpuList } from '../../../agent/discovery/decode/cpu-list.ts'
import type { FactsOf } from '../../../protocol/facts/inventory.ts'

/** A recorded machine as the probes found it. */
export interface LscpuMachine {
  readonly name: string
  readonly cpu: FactsOf<'cpu'>
  readonly numa: FactsOf<'numa'>
  readonly hypervisor: FactsOf<'system'>['hypervisor']
}

/** What lscpu would print; undefined: facts do not hold that; null: there is no such value. */
export function lscpuValue(
  field: string,
  theirs: string,
  { cpu, numa, hypervisor }: LscpuMachine,
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
    // lscpu writes `Mitigation; ...` and takes every other colon of such a state away.
    if (state === undefined || !state.startsWith('Mitigation')) return state ?? null
    return state.replace(/^(Mitigation)./, '$1;').replaceAll(':', '')
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
    case 'ISA':
      // In an order of its own, with blanks or without.
      return sortedParts(theirs) === sortedParts(cpu.flags.join('_')) ? theirs : cpu.flags.join('_')
    case 'CPU op-mode(s)':
      return bothModes(cpu) ? '32-bit, 64-bit' : undefined
    case 'Machine type':
      return first?.model ?? null
    case 'Hypervisor':
      return hypervisorText(hypervisor)
    case 'Hypervisor vendor':
      return hypervisorVendors.get(hypervisor?.name ?? '') ?? null
    case 'Virtualization type':
      return hypervisor === null ? null : (hypervisor.virtualization ?? 'none')
    default:
      return x86 ? x86Value(field, theirs, cpu) : revisionValue(field, theirs, cpu, kind)
  }
}

/** By what the flags of 64-bit processors that run 32-bit programs too have. */
function bothModes({ flags, architecture }: FactsOf<'cpu'>): boolean {
  return flags.some((flag) => /^(lm|zarch|sun4[uv])$/.test(flag)) || architecture === 'loongarch64'
}

/** lscpu names makers where facts name products. */
const hypervisorVendors: ReadonlyMap<string, string> = new Map([
  ['qemu', 'KVM'],
  ['kvm', 'KVM'],
  ['xen', 'Xen'],
  ['vmware', 'VMware'],
  ['virtualbox', 'Oracle'],
  ['hyper-v', 'Microsoft'],
  ['powervm', 'pHyp'],
  ['pr/sm', 'IBM'],
  ['z/vm', 'IBM'],
  ['wsl', 'Windows Subsystem for Linux'],
  ['openvz', 'Parallels'],
  ['parallels', 'Parallels'],
  ['uml', 'User-mode Linux'],
])

const hypervisorNames: ReadonlyMap<string, string> = new Map([
  ['kvm', 'KVM/Linux'],
  ['pr/sm', 'PR/SM'],
  ['z/vm', 'z/VM'],
])

function hypervisorText(hypervisor: LscpuMachine['hypervisor']): string | null {
  if (hypervisor === null) return null
  const name = hypervisorNames.get(hypervisor.name ?? '') ?? hypervisor.name ?? ''
  return hypervisor.version === null ? name : `${name} ${hypervisor.version}`
}

function sortedParts(isa: string): string {
  return isa.split(/[_ ]/).sort().join()
}

function fastest(cpu: FactsOf<'cpu'>, key: 'maxFrequencyHz' | 'minFrequencyHz'): number | null {
  const known = cpu.kinds.flatMap((one) => one[key] ?? [])
  if (known.length === 0) return null
  return key === 'maxFrequencyHz' ? Math.max(...known) : Math.min(...known)
}

function x86Value(field: string, theirs: string, cpu: FactsOf<'cpu'>): string | null | undefined {
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
      return countValue(field, theirs, cpu, 0)
  }
}

/** Off x86 `Model` is the revision, or its minor part, and `Stepping` the revision of Arm's cores. */
function revisionValue(
  field: string,
  theirs: string,
  cpu: FactsOf<'cpu'>,
  kind: number,
): string | null | undefined {
  if (field !== 'Model' && field !== 'Stepping') return countValue(field, theirs, cpu, kind)
  const { revision = null } = cpu.packages[0] ?? {}
  if (new Set(cpu.kinds.map(({ model }) => model)).size > 1) return undefined
  const [, major, minor] = /^r(\d+)p(\d+)$/.exec(revision ?? '') ?? []
  if (field === 'Model') return minor ?? revision ?? undefined
  if (major === undefined) return undefined
  return cpu.packages[0]?.vendor === 'ARM' ? revision : `0x${Number(major).toString(16)}`
}

/**
 * lscpu counts for each kind of CPU, and writes 0 where it knows nothing. Books and drawers, which
 * s390 has, change what a socket is counted in.
 */
function countValue(
  field: string,
  theirs: string,
  cpu: FactsOf<'cpu'>,
  kind: number,
): string | null | undefined {
  if (theirs === '0' || cpu.topology.some(({ bookId }) => bookId !== null)) return undefined
  const model = cpu.kinds[kind]?.model
  const kinds = cpu.kinds.filter((one) => one.model === model)
  const own = new Set(kinds.flatMap(({ cpus }) => parseCpuList(cpus)))
  const cores = cpu.topology
    .flatMap((place) => place.cores.map(parseCpuList))
    .filter((threads) => threads.some((one) => own.has(one)))
  const sockets = cpu.packages.filter(({ cpus }) => cpus.some((one) => own.has(one)))
  switch (field) {
    case 'Socket(s)':
      return String(sockets.length)
    case 'Core(s) per socket':
    case 'Core(s) per cluster':
      return String(Math.floor(cores.length / Math.max(1, sockets.length)))
    case 'Thread(s) per core':
      return String(Math.max(0, ...cores.map((threads) => threads.length)))
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
  if (own.length === 0) return undefined
  // Of caches that only /proc/cpuinfo tells of, lscpu has the size alone.
  if (instances === undefined) return near(own[0]?.sizeBytes ?? 0, size, unit) ? theirs : null
  const count = own.reduce((sum, { sharedBy }) => sum + sharedBy.length, 0)
  const bytes = own.reduce((sum, one) => sum + (one.sizeBytes ?? 0) * one.sharedBy.length, 0)
  return near(bytes, size, unit) && count === Number(instances)
    ? theirs
    : `${bytes} B (${count} instances)`
}

function near(bytes: number, size: string | undefined, unit: string): boolean {
  const wanted = Number(size) * (units.get(unit) ?? Number.NaN)
  return Math.abs(bytes - wanted) <= wanted * 0.01
}

/** `d`, `i` or nothing, as lscpu ends the names of caches. */
export function cacheType(letter: string | undefined): string {
  return letter === 'd' ? 'data' : letter === 'i' ? 'instruction' : 'unified'
}
