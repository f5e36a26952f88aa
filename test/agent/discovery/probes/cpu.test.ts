import { expect, test } from 'vitest'
import { cpuProbe } from '../../../../agent/discovery/probes/cpu.ts'
import { parseFacts } from '../../../../protocol/facts/inventory.ts'
import { madeTree } from '../made-tree.ts'

const cpu = '/sys/devices/system/cpu'

async function cpuOf(files: Readonly<Record<string, string>>) {
  await using tree = await madeTree(files)
  const { facts, findings } = await cpuProbe.read(tree.host)
  return { facts: parseFacts('cpu', facts), findings }
}

/** A file of each of these CPUs. */
function each(
  count: number,
  path: string,
  text: (number: number) => string,
): Readonly<Record<string, string>> {
  const numbers = Array.from({ length: count }, (_, number) => number)
  return Object.fromEntries(numbers.map((number) => [`${cpu}/cpu${number}/${path}`, text(number)]))
}

function x86(count: number, more: (number: number) => string = () => ''): string {
  const block = (_: unknown, number: number) =>
    `processor\t: ${number}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\nflags\t: fpu lm\n${more(number)}\n`
  return Array.from({ length: count }, block).join('')
}

test('cores and packages come from cpuinfo where the kernel shows no topology', async () => {
  const ids = (number: number) =>
    `physical id\t: ${number % 2 ? 5 : 0}\ncore id\t: ${number >> 2}\n`
  const { facts } = await cpuOf({ '/proc/cpuinfo': x86(8, ids) })
  expect(facts).toMatchObject({ packageCount: 2, coreCount: 4, threadCount: 8 })
  expect(facts.packages.map(({ id, cpus }) => [id, cpus])).toEqual([
    [0, [0, 2, 4, 6]],
    [5, [1, 3, 5, 7]],
  ])
  expect(facts.topology.map(({ cores }) => cores)).toEqual([
    ['0,2', '4,6'],
    ['1,3', '5,7'],
  ])
})

test('cores come from core ids, or from the newer names of their siblings', async () => {
  const byId = await cpuOf({
    '/proc/cpuinfo': x86(4),
    ...each(4, 'topology/physical_package_id', () => '0\n'),
    ...each(4, 'topology/core_id', (number) => `${number % 2}\n`),
  })
  expect(byId.facts.topology.map(({ cores }) => cores)).toEqual([['0,2', '1,3']])
  const bySiblings = await cpuOf({
    '/proc/cpuinfo': x86(4),
    ...each(4, 'topology/package_cpus_list', () => '0-3\n'),
    ...each(4, 'topology/core_cpus', (number) => (number < 2 ? '3\n' : 'c\n')),
  })
  expect(bySiblings.facts.topology.map(({ cores }) => cores)).toEqual([['0-1', '2-3']])
})

test('CPUs come from their folders where neither lists nor cpuinfo tell them', async () => {
  const { facts } = await cpuOf({
    '/proc/cpuinfo': 'cpu\t\t: PPC970\n',
    ...each(3, 'online', (number) => (number === 1 ? '0\n' : '1\n')),
  })
  expect(facts).toMatchObject({ online: [0, 2], offline: [1], presentCount: 3 })
})

test('a file that is malformed costs its value, not the class, and is told once', async () => {
  const { facts, findings } = await cpuOf({
    '/proc/cpuinfo': x86(4),
    [`${cpu}/online`]: '0-3\n',
    [`${cpu}/cpu0/cache/index0/level`]: '1\n',
    [`${cpu}/cpu0/cache/index0/type`]: 'Data\n',
    [`${cpu}/cpu0/cache/index0/size`]: 'large\n',
    ...each(4, 'cpufreq/cpuinfo_max_freq', (number) => (number < 3 ? '<unknown>\n' : '4000000\n')),
  })
  expect(facts.kinds.map(({ cpus, maxFrequencyHz }) => [cpus, maxFrequencyHz])).toEqual([
    ['0-2', null],
    ['3', 4_000_000_000],
  ])
  expect(facts.cacheInstances).toMatchObject([{ level: 1, sizeBytes: null, sharedBy: ['0'] }])
  expect(findings.map(({ code, severity, subject }) => [code, severity, subject])).toEqual([
    ['cpu.malformed', 'warning', 'size'],
    ['cpu.malformed', 'warning', 'cpuinfo_max_freq'],
  ])
  expect(findings.at(-1)?.message).toMatch(/found '<unknown>', and \d more files of that name$/)
})

test('CPUs with a fastest turn each are one kind from the slowest to the fastest', async () => {
  const { facts } = await cpuOf({
    '/proc/cpuinfo': x86(40),
    ...each(40, 'cpufreq/cpuinfo_max_freq', (number) => `${5_000_000 - number * 50_000}\n`),
    ...each(40, 'cpufreq/cpuinfo_min_freq', () => '800000\n'),
  })
  expect(facts.kinds).toEqual([
    {
      cpus: '0-39',
      vendor: 'GenuineIntel',
      model: 'Xeon',
      capacity: null,
      minFrequencyHz: 800_000_000,
      maxFrequencyHz: 5_000_000_000,
    },
  ])
})

test('caches that s390 tells in cpuinfo alone are told without their CPUs', async () => {
  const { facts } = await cpuOf({
    '/proc/cpuinfo': [
      'vendor_id       : IBM/S390',
      'features\t: esan3 zarch',
      'cache0          : level=1 type=Data scope=Private size=128K line_size=256 associativity=8',
      'cache1          : level=2 type=Unified scope=Private size=4096K line_size=256 associativity=8',
      'cache2          : level=3 type=Unified scope=Shared size=65536K line_size=256 associativity=16',
      'cache3          : level=x type=Unified scope=Shared size=1K',
      'processor 0: version = FF,  identification = 1,  machine = 2964',
      'processor 1: version = FF,  identification = 1,  machine = 2964',
      '',
    ].join('\n'),
    [`${cpu}/cpu0/cache/index0/level`]: '1\n',
    [`${cpu}/cpu0/cache/index0/type`]: 'Data\n',
    [`${cpu}/cpu0/cache/index0/size`]: '96K\n',
  })
  expect(facts.architecture).toBe('s390x')
  expect(facts.cacheInstances.map((one) => [one.level, one.sizeBytes, one.sharedBy])).toEqual([
    [1, 98_304, ['0']],
    [2, 4_194_304, ['0', '1']],
    [3, 67_108_864, []],
  ])
})

test.each([
  {
    name: 'Arm',
    cpuinfo:
      'processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: 8\n' +
      'CPU variant\t: 0x1\nCPU part\t: 0xd84\nCPU revision\t: 2\n\n',
    found: { vendor: 'ARM', model: 'Neoverse-V3', revision: 'r1p2' },
    architecture: 'aarch64',
    flags: ['fp', 'asimd'],
  },
  {
    name: 'POWER',
    cpuinfo:
      'processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 3783.000000MHz\n' +
      'revision\t: 2.2 (pvr 004e 1202)\n\ntimebase\t: 512000000\nmodel\t\t: 8335-GTH\n',
    found: { vendor: null, model: 'POWER9, altivec supported', revision: '2.2 (pvr 004e 1202)' },
    architecture: null,
    flags: [],
  },
  {
    name: 'RISC-V',
    cpuinfo:
      'processor\t: 0\nhart\t\t: 2\nisa\t\t: rv64imafdc_zicsr_zba\nmmu\t\t: sv39\n' +
      'uarch\t\t: sifive,u74-mc\nmvendorid\t: 0x489\nmimpid\t\t: 0x4210427\n\n',
    found: { vendor: '0x489', model: 'sifive,u74-mc', revision: '0x4210427' },
    architecture: 'riscv64',
    flags: ['rv64imafdc', 'zicsr', 'zba'],
  },
  {
    name: 'IA-64',
    cpuinfo:
      'processor  : 0\nvendor     : GenuineIntel\narch       : IA-64\nrevision   : 1\n' +
      'features   : branchlong, 16-byte atomic ops\ncpu number : 7\nmodel name : Itanium\n\n',
    found: { vendor: 'GenuineIntel', model: 'Itanium', revision: '1' },
    architecture: 'ia64',
    flags: ['branchlong', '16-byte atomic ops'],
  },
])('processors of $name are told as their cpuinfo has them', async (one) => {
  const { facts } = await cpuOf({ '/proc/cpuinfo': one.cpuinfo })
  expect(facts.online).toEqual([0])
  expect(facts.packages).toMatchObject([one.found])
  expect(facts.architecture).toBe(one.architecture)
  expect(facts.flags).toEqual(one.flags)
})
