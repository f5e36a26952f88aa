import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  compareLscpuSummary,
  compareLscpuTopology,
  lscpuMachine,
} from '../../../bench/score/lscpu.ts'
import { umockdevTree } from '../../../bench/score/umockdev.ts'
import { madeTree } from '../../agent/discovery/made-tree.ts'

const cpu = '/sys/devices/system/cpu'

async function twoCores() {
  await using tree = await madeTree({
    '/proc/cpuinfo': 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t: lm\n\nprocessor\t: 1\n',
    [`${cpu}/online`]: '0-1\n',
    [`${cpu}/vulnerabilities/itlb_multihit`]: 'KVM: Mitigation: VMX disabled\n',
    [`${cpu}/vulnerabilities/spectre_v2`]: 'Mitigation: Retpolines; IBPB: always-on\n',
    ...Object.fromEntries(
      [0, 1].flatMap((number) => [
        [`${cpu}/cpu${number}/topology/core_siblings_list`, '0-1\n'],
        [`${cpu}/cpu${number}/topology/thread_siblings_list`, `${number}\n`],
        [`${cpu}/cpu${number}/cache/index0/level`, '1\n'],
        [`${cpu}/cpu${number}/cache/index0/type`, 'Data\n'],
        [`${cpu}/cpu${number}/cache/index0/shared_cpu_list`, `${number}\n`],
      ]),
    ),
  })
  const machine = await lscpuMachine('made', tree.root)
  return machine
}

test.each([
  ['a column for each cache', '# CPU,Core,Socket,,L1d,Online\n0,0,0,,0,Y\n1,1,0,,1,Y\n'],
  ['one column for all', '# CPU,Core,Socket,L1d,Online\n0,0,0,0,Y\n1,1,0,1,Y\n'],
  ['no column that says what is online', '# CPU,Core,Socket,,L1d\n0,0,0,,0\n1,1,0,,1\n'],
])('lines of lscpu -p with %s are compared', async (_, text) => {
  const compared = compareLscpuTopology(await twoCores(), text)
  expect(compared.filter(({ ours, theirs }) => ours === theirs)).toHaveLength(6)
  const wrong = compareLscpuTopology(await twoCores(), text.replace(/\n1,1/, '\n1,0'))
  expect(wrong.filter(({ ours, theirs }) => ours !== theirs)).toMatchObject([{ field: 'Core' }])
})

test('states of weaknesses are compared in the spelling of lscpu', async () => {
  const text = [
    'Vulnerability Itlb multihit: KVM: Mitigation: VMX disabled',
    'Vulnerability Spectre v2:    Mitigation; Retpolines; IBPB always-on',
    'Core(s) per socket:          2',
    'Socket(s):                   0',
    'BogoMIPS:                    1',
    '',
  ].join('\n')
  const { comparisons, uncovered } = compareLscpuSummary(await twoCores(), text)
  expect(comparisons).toHaveLength(3)
  for (const { ours, theirs } of comparisons) expect(ours).toBe(theirs)
  expect(uncovered).toEqual(['made: Socket(s)', 'made: BogoMIPS'])
})

test('a umockdev description becomes a tree, with links and bytes of any value', async () => {
  await using tree = await umockdevTree(
    [
      'P: /devices/pci0000:00/0000:00:14.0/block/sda',
      'E: SUBSYSTEM=block',
      'E: DEVTYPE=disk',
      'A: model=Gro\\303\\237e\\tPlatte\\\\\\n',
      'A: queue/rotational=1\\n',
      'H: raw=00fF',
      'L: device=../../../0000:00:14.0',
      '',
      'P: /devices/pci0000:00/0000:00:14.0/block/sda',
      'E: SUBSYSTEM=block',
      '',
    ].join('\r\n'),
  )
  const disk = join(tree.root, 'sys/block/sda')
  expect(await readFile(join(disk, 'model'), 'utf8')).toBe('Große\tPlatte\\\n')
  expect(await readFile(join(disk, 'queue/rotational'), 'utf8')).toBe('1\n')
  expect([...(await readFile(join(disk, 'raw')))]).toEqual([0, 255])
  expect(await readlink(join(disk, 'device'))).toBe('../../../0000:00:14.0')
  expect(await readlink(join(tree.root, 'sys/class/block/sda'))).toContain('/devices/pci0000:00/')
})
