import type { FactsOf } from '../facts/inventory.ts'
import {
  type AttributeDefinition,
  bool,
  int,
  type MachineRecord,
  of,
  quantity,
  set,
  string,
} from './definition.ts'
import { allKnown, largest, smallest, someKnown, sum } from './readings.ts'

type Cpu = FactsOf<'cpu'>

const shape = { source: 'cpu' } as const
const state = { source: 'cpu', nature: 'state' } as const

const cacheNouns = {
  l1dSize: 'first-level data caches',
  l1iSize: 'first-level instruction caches',
  l2Size: 'second-level caches',
  l3Size: 'third-level caches',
} as const

const cacheTypes = {
  l1dSize: [1, 'data'],
  l1iSize: [1, 'instruction'],
  l2Size: [2, 'unified'],
  l3Size: [3, 'unified'],
} as const

/** Processors: what they are, how they are built, how they run. */
export const cpuAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  string(
    'cpu.arch',
    { ...shape, description: 'Architecture as the kernel names it: x86_64, aarch64' },
    of('cpu', (facts) => facts.architecture ?? undefined),
  ),
  string(
    'cpu.vendor',
    { ...shape, description: 'Processor vendor: GenuineIntel, AuthenticAMD, ARM' },
    of('cpu', (facts) => facts.packages[0]?.vendor ?? undefined),
  ),
  set(
    'cpu.model',
    { ...shape, description: 'Processor model names' },
    of('cpu', (facts) => allKnown(facts.packages.map((cpu) => cpu.model))),
  ),
  int(
    'cpu.family',
    { ...shape, description: 'CPUID family; none off x86' },
    of('cpu', (facts) => facts.packages[0]?.family),
  ),
  int(
    'cpu.modelNumber',
    { ...shape, description: 'CPUID model; none off x86' },
    of('cpu', (facts) => facts.packages[0]?.modelNumber),
  ),
  int(
    'cpu.stepping',
    { ...shape, description: 'CPUID stepping; none off x86' },
    of('cpu', (facts) => facts.packages[0]?.stepping),
  ),
  set(
    'cpu.microcode',
    { ...state, description: 'Microcode revisions, `0x2b000603`; more than one is a fault' },
    of('cpu', ({ packages }) => someKnown(packages.map((cpu) => cpu.microcode))),
  ),
  int(
    'cpu.packages',
    { ...shape, description: 'Processor packages (sockets in use)' },
    of('cpu', (facts) => facts.packageCount),
  ),
  int(
    'cpu.sockets',
    { ...shape, description: 'Processor sockets on the board, filled or not (SMBIOS type 4)' },
    of('cpu', ({ sockets }) => (sockets.length === 0 ? undefined : sockets.length)),
  ),
  int('cpu.dies', { ...shape, description: 'Dies of all packages' }, of('cpu', diesOf)),
  int(
    'cpu.cores',
    { ...shape, description: 'Processor cores, online' },
    of('cpu', (facts) => facts.coreCount),
  ),
  int(
    'cpu.threads',
    { ...shape, description: 'Hardware threads, online' },
    of('cpu', (facts) => facts.threadCount),
  ),
  int(
    'cpu.threadsOffline',
    { ...state, description: 'Hardware threads that are there and switched off' },
    of('cpu', (facts) => facts.offline.length),
  ),
  int(
    'cpu.threadsPerCore',
    { ...shape, description: 'Threads of the core with most, online' },
    of('cpu', ({ topology }) => threadsPerCore(topology)),
  ),
  bool(
    'cpu.smt',
    { ...state, description: 'Cores run several threads at once (SMT, Hyper-Threading)' },
    of('cpu', (facts) => facts.smtActive ?? undefined),
  ),
  string(
    'cpu.smtControl',
    { ...state, description: 'on, off, forceoff, notsupported: what the kernel makes of SMT' },
    of('cpu', (facts) => facts.smtControl ?? undefined),
  ),
  int(
    'cpu.kinds',
    { ...shape, description: 'Kinds of cores; more than one on a hybrid machine' },
    of('cpu', ({ kinds }) => (kinds.length === 0 ? undefined : kinds.length)),
  ),
  int(
    'cpu.x86Level',
    { ...shape, description: 'x86-64 psABI level, 1 to 4; none on other architectures' },
    of('cpu', (facts) => facts.x86Level),
  ),
  ...(['l1dSize', 'l1iSize', 'l2Size', 'l3Size'] as const).map((name) =>
    quantity(
      `cpu.${name}`,
      'B',
      { ...shape, description: `All ${cacheNouns[name]} together` },
      of('cpu', (facts) => cacheSize(facts, name)),
    ),
  ),
  quantity(
    'cpu.l3InstanceSize',
    'B',
    { ...shape, description: 'The smallest third-level cache that cores share' },
    of('cpu', ({ cacheInstances }) => {
      const third = cacheInstances.filter(({ level }) => level === 3)
      return third.length === 0 ? undefined : smallest(third.map(({ sizeBytes }) => sizeBytes))
    }),
  ),
  quantity(
    'cpu.frequencyBase',
    'Hz',
    { ...shape, description: 'Lowest base frequency of any processor' },
    of('cpu', (facts) => smallest(facts.packages.map((cpu) => cpu.baseFrequencyHz))),
  ),
  quantity(
    'cpu.frequencyMax',
    'Hz',
    { ...state, description: 'Highest frequency of any processor' },
    of('cpu', (facts) => largest(facts.packages.map((cpu) => cpu.maxFrequencyHz))),
  ),
  bool(
    'cpu.boost',
    { ...state, description: 'Processors may run faster than nominally' },
    of('cpu', (facts) => facts.frequencyBoost ?? undefined),
  ),
  string(
    'cpu.virtualization',
    {
      ...state,
      description: 'VT-x, AMD-V; not known where the processor or a hypervisor hides it',
    },
    of('cpu', (facts) => facts.virtualization ?? undefined),
  ),
  int(
    'cpu.machineChecks',
    { ...state, description: 'Machine checks raised since the kernel started' },
    of('cpu', ({ events }) => events.machineCheckCount ?? undefined),
  ),
  int(
    'cpu.throttled',
    { ...state, description: 'Times that packages were slowed down because of heat' },
    of('cpu', ({ events }) => events.packageThrottleCount ?? undefined),
  ),
  set(
    'cpu.flags',
    { ...shape, description: 'Processor features as the kernel names them: avx512f' },
    of('cpu', (facts) => facts.flags),
  ),
  set(
    'cpu.vulnerable',
    { ...state, description: 'Weaknesses that nothing is done against: mds, retbleed' },
    of('cpu', (facts) => weaknesses(facts, /^Vulnerable/)),
  ),
  set(
    'cpu.mitigated',
    { ...state, description: 'Weaknesses that the kernel mitigates, which may cost speed' },
    of('cpu', (facts) => weaknesses(facts, /^Mitigation/)),
  ),
]

/** Not known where the kernel lists no cache of that kind, or not the size of one. */
function cacheSize({ cacheInstances }: Cpu, name: keyof typeof cacheTypes): number | undefined {
  const [level, type] = cacheTypes[name]
  const alike = cacheInstances.filter((one) => one.level === level && one.type === type)
  if (alike.length === 0) return undefined
  return sum(
    alike.map(({ sizeBytes, sharedBy }) =>
      sizeBytes === null ? null : sizeBytes * sharedBy.length,
    ),
  )
}

function diesOf({ topology }: Cpu): number | undefined {
  if (topology.length === 0 || topology.some(({ dieId }) => dieId === null)) return undefined
  return new Set(topology.map(({ packageId, dieId }) => `${packageId} ${dieId}`)).size
}

function threadsPerCore(topology: Cpu['topology']): number | undefined {
  const cores = topology.flatMap((place) => place.cores)
  return cores.length === 0 ? undefined : Math.max(...cores.map(cpuCount))
}

/** CPUs of a list as the kernel writes it, `0-3,8`. */
function cpuCount(list: string): number {
  if (list === '') return 0
  return list.split(',').reduce((count, range) => {
    const [first = '', last = first] = range.split('-')
    return count + Number(last) - Number(first) + 1
  }, 0)
}

/** Not known where the kernel lists none. */
function weaknesses({ vulnerabilities }: Cpu, state: RegExp): readonly string[] | undefined {
  if (vulnerabilities.length === 0) return undefined
  return vulnerabilities.filter((one) => state.test(one.state)).map(({ name }) => name)
}
