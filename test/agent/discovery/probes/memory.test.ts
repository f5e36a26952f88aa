import { expect, test } from 'vitest'
import { cpuEvents, eventFindings } from '../../../../agent/discovery/cpu-events.ts'
import { forgivingReader } from '../../../../agent/discovery/forgiving-reader.ts'
import { memoryBlocks } from '../../../../agent/discovery/memory-blocks.ts'
import { errorFindings, memoryErrors } from '../../../../agent/discovery/memory-errors.ts'
import { numaProbe } from '../../../../agent/discovery/probes/numa.ts'
import { parseFacts } from '../../../../protocol/facts/inventory.ts'
import { madeTree } from '../made-tree.ts'

const edac = '/sys/devices/system/edac/mc/mc0'

test('errors that lost data are told before those that were corrected, with the module', async () => {
  await using tree = await madeTree({
    [`${edac}/mc_name`]: 'Skylake Socket#0 IMC#0\n',
    [`${edac}/size_mb`]: '98304\n',
    [`${edac}/ce_count`]: '12\n',
    [`${edac}/ue_count`]: '1\n',
    [`${edac}/dimm3/dimm_label`]: 'CPU_SrcID#0_MC#0_Chan#1_DIMM#1\n',
    [`${edac}/dimm3/dimm_location`]: 'channel 1 slot 1 \n',
    [`${edac}/dimm3/size`]: '32768\n',
    [`${edac}/dimm3/dimm_ce_count`]: '12\n',
    [`${edac}/dimm3/dimm_ue_count`]: '1\n',
  })
  const { found, findings } = await memoryErrors(tree.host)
  expect(findings).toEqual([])
  expect(found).toMatchObject([
    {
      name: 'mc0',
      model: 'Skylake Socket#0 IMC#0',
      sizeBytes: 103_079_215_104,
      modules: [{ index: 3, location: 'channel 1 slot 1', sizeBytes: 34_359_738_368 }],
    },
  ])
  expect(errorFindings(found)).toEqual([
    {
      code: 'memory.errors-uncorrected',
      severity: 'error',
      subject: 'mc0',
      message: '1 errors lost data: CPU_SrcID#0_MC#0_Chan#1_DIMM#1',
    },
  ])
  const corrected = found.map((controller) => ({ ...controller, uncorrectedCount: 0 }))
  expect(errorFindings(corrected)).toMatchObject([
    { code: 'memory.errors-corrected', severity: 'warning' },
  ])
  expect(errorFindings(corrected.map((one) => ({ ...one, correctedCount: 0 })))).toEqual([])
})

test('a controller that cannot be read costs itself', async () => {
  await using tree = await madeTree({
    [`${edac}/ce_count`]: 'many\n',
    '/sys/devices/system/edac/mc/mc1/ce_count': '0\n',
  })
  const { found, findings } = await memoryErrors(tree.host)
  expect(found.map(({ name }) => name)).toEqual(['mc1'])
  expect(findings).toMatchObject([{ code: 'memory.malformed', subject: 'mc0' }])
})

test('nodes tell how fast they are reached and what caches them', async () => {
  const node = '/sys/devices/system/node/node1'
  await using tree = await madeTree({
    [`${node}/cpulist`]: '\n',
    [`${node}/meminfo`]: 'Node 1 MemTotal:       536870912 kB\n',
    [`${node}/distance`]: '20 10\n',
    [`${node}/access0/initiators/node0/online`]: '',
    [`${node}/access0/initiators/read_bandwidth`]: '10240\n',
    [`${node}/access0/initiators/write_bandwidth`]: '2048\n',
    [`${node}/access0/initiators/read_latency`]: '300\n',
    [`${node}/access0/initiators/write_latency`]: '0\n',
    [`${node}/memory_side_cache/index1/size`]: '34359738368\n',
    [`${node}/memory_side_cache/index1/line_size`]: '64\n',
    [`${node}/memory_side_cache/index1/indexing`]: '0\n',
    [`${node}/memory_side_cache/index1/write_policy`]: '0\n',
    [`${node}/hugepages/hugepages-2048kB/nr_hugepages`]: '512\n',
    [`${node}/hugepages/hugepages-2048kB/free_hugepages`]: '500\n',
  })
  expect(parseFacts('numa', (await numaProbe.read(tree.host)).facts).nodes).toEqual([
    {
      id: 1,
      cpus: [],
      memorySizeBytes: 549_755_813_888,
      distances: [20, 10],
      access: [
        {
          class: 0,
          initiators: [0],
          readBandwidthMebibytesPerSecond: 10_240,
          writeBandwidthMebibytesPerSecond: 2048,
          readLatencyNanoseconds: 300,
          writeLatencyNanoseconds: null,
        },
      ],
      memorySideCaches: [
        {
          level: 1,
          sizeBytes: 34_359_738_368,
          lineSizeBytes: 64,
          indexing: 'direct-mapped',
          writePolicy: 'write-back',
        },
      ],
      hugepages: [{ sizeBytes: 2_097_152, totalCount: 512, freeCount: 500 }],
    },
  ])
})

test('more blocks than can be read in time are left alone, and broken ones are an error', async () => {
  const blocks = '/sys/devices/system/memory'
  await using none = await madeTree({ '/sys/devices/system/other': '' })
  expect(await memoryBlocks(none.host)).toBeNull()
  await using broken = await madeTree({
    [`${blocks}/block_size_bytes`]: '8000000\n',
    [`${blocks}/memory0/state`]: 'sideways\n',
  })
  await expect(memoryBlocks(broken.host)).rejects.toThrow(/state of a memory block/)
  const many = [0, 1, 2].map((index) => [`${blocks}/memory${index}/state`, 'online\n'])
  await using large = await madeTree({
    [`${blocks}/block_size_bytes`]: '8000000\n',
    ...Object.fromEntries(many),
  })
  expect((await memoryBlocks(large.host, 3))?.onlineBytes).toBe(3 * 0x8000000)
  expect(await memoryBlocks(large.host, 2)).toBeNull()
})

test('machine checks of all CPUs are counted, and throttling once a package', async () => {
  const cpu = (index: number) => `/sys/devices/system/cpu/cpu${index}`
  await using tree = await madeTree({
    '/proc/interrupts':
      '           CPU0       CPU1\n MCE:          1          2   Machine check exceptions\n',
    [`${cpu(0)}/topology/physical_package_id`]: '0\n',
    [`${cpu(1)}/topology/physical_package_id`]: '0\n',
    [`${cpu(0)}/thermal_throttle/core_throttle_count`]: '3\n',
    [`${cpu(1)}/thermal_throttle/core_throttle_count`]: '4\n',
    [`${cpu(0)}/thermal_throttle/package_throttle_count`]: '30\n',
    [`${cpu(1)}/thermal_throttle/package_throttle_count`]: '30\n',
  })
  const events = await cpuEvents(forgivingReader(tree.host, 'cpu'), [0, 1])
  expect(events).toEqual({ machineCheckCount: 3, coreThrottleCount: 7, packageThrottleCount: 30 })
  expect(eventFindings(events)).toMatchObject([{ code: 'cpu.machine-checks' }])
  expect(eventFindings({ ...events, machineCheckCount: 0 })).toEqual([])
})
