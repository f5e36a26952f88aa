import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readGrid5000 } from '../../../server/import/readers/grid5000.ts'
import { attributesIn, readAll } from './text-lines.ts'

/** A made node with every field of the reference repository's schema that is read. */
const node = {
  type: 'node',
  uid: 'made-1',
  architecture: { platform_type: 'x86_64', nb_procs: 2, nb_cores: 40, nb_threads: 80 },
  bios: { vendor: 'Made Inc.', version: 'S2W_3A08', release_date: '02/14/2019' },
  bmc_version: '3.30',
  chassis: { manufacturer: 'Made', name: 'Box 1', serial: 'MADE0001' },
  gpu_devices: {
    nvidia0: { model: 'Tesla V100-SXM2-32GB', memory: 34359738368, vendor: 'Nvidia' },
    nvidia1: { model: 'Tesla V100-SXM2-32GB', memory: 34359738368, vendor: 'Nvidia' },
  },
  main_memory: { ram_size: 549755813888 },
  memory_devices: [{ device: 'dimm_a1', size: 68719476736, technology: 'dram' }],
  network_adapters: [
    {
      device: 'eth0',
      driver: 'ixgbe',
      enabled: true,
      interface: 'Ethernet',
      mac: 'D8:C4:97:00:00:01',
      management: false,
      network_address: 'made-1.lyon.grid5000.fr',
      rate: 10000000000,
      sriov: true,
      sriov_totalvfs: 63,
      switch: 'gw',
    },
    {
      device: 'ib0',
      driver: 'mlx5_core',
      enabled: false,
      interface: 'Omni-Path',
      mac: '00:00:11:06:fe:80:00:00:00:00:00:00:98:03:9b:03:00:00:00:01',
      rate: 100000000000,
      sriov: false,
    },
    { device: 'eth9', enabled: true, network_address: 'made-1.lyon.grid5000.fr' },
    { device: 'bmc', interface: 'Ethernet', mac: 'd8:c4:97:00:00:02', management: true },
  ],
  operating_system: { ht_enabled: true, turboboost_enabled: false },
  processor: {
    clock_speed: 2200000000,
    microcode: '0xb000038',
    other_description: 'Intel(R) Xeon(R) CPU E5-2698 v4 @ 2.20GHz',
    vendor: 'Intel',
    version: 'E5-2698 v4',
  },
  storage_devices: [
    {
      by_id: '/dev/disk/by-id/wwn-0x5002538c40be7492',
      interface: 'SATA II',
      model: 'MZ7KM480',
      size: 480103981056,
      storage: 'HDD',
      vendor: 'Samsung',
    },
    {
      by_id: '/dev/disk/by-id/nvme-eui.343336304e5312830025384100000001',
      interface: 'NVME',
      size: 1920383410176,
      storage: 'SSD',
    },
  ],
}

test('a node of the reference API has what the mapping says', async () => {
  expect(await attributesIn(readGrid5000, JSON.stringify(node, null, 2))).toEqual({
    'cpu.arch': 'x86_64',
    'cpu.vendor': 'GenuineIntel',
    'cpu.model': ['Intel(R) Xeon(R) CPU E5-2698 v4 @ 2.20GHz'],
    'cpu.microcode': ['0xb000038'],
    'cpu.packages': 2,
    'cpu.cores': 40,
    'cpu.threads': 80,
    'cpu.smt': true,
    'cpu.boost': false,
    'system.manufacturer': 'Made',
    'system.product': 'Box 1',
    'system.serial': 'MADE0001',
    'firmware.vendor': 'Made Inc.',
    'firmware.version': 'S2W_3A08',
    'memory.installed': '512GiB',
    'memory.dimmCount': 1,
    dimms: [{ locator: 'dimm_a1', size: '64GiB' }],
    'gpu.count': 2,
    'gpu.model': ['Tesla V100-SXM2-32GB'],
    gpus: [
      { kind: 'gpu', model: 'Tesla V100-SXM2-32GB', memorySize: '32GiB' },
      { kind: 'gpu', model: 'Tesla V100-SXM2-32GB', memorySize: '32GiB' },
    ],
    'nic.count': 2,
    'nic.speedMax': '10Gbit/s',
    nics: [
      {
        mac: 'd8:c4:97:00:00:01',
        driver: 'ixgbe',
        linkType: 'ethernet',
        linkSpeed: '10Gbit/s',
        virtualFunctions: 63,
      },
      {
        mac: '00:00:11:06:fe:80:00:00:00:00:00:00:98:03:9b:03:00:00:00:01',
        driver: 'mlx5_core',
        linkType: 'infiniband',
        virtualFunctions: null,
      },
    ],
    'storage.diskCount': 2,
    'storage.size': expect.any(String),
    'storage.nvmeCount': 1,
    'storage.nvmeSize': '1920383410176B',
    'storage.rotationalSize': '480103981056B',
    disks: [
      {
        transport: 'sata',
        model: 'MZ7KM480',
        vendor: 'Samsung',
        wwn: '5002538c40be7492',
        size: '480103981056B',
        rotational: true,
      },
      {
        transport: 'nvme',
        wwn: '343336304e5312830025384100000001',
        size: '1920383410176B',
        rotational: false,
      },
    ],
  })
})

test('what a node does not state is not known: no GPUs, no memory, versions as numbers', async () => {
  const bare = {
    uid: 'made-2',
    architecture: { platform_type: 'aarch64' },
    bios: { version: 6.0, vendor: null },
    processor: { microcode: 'unknown', vendor: 'Cavium' },
  }
  expect(await attributesIn(readGrid5000, JSON.stringify(bare))).toEqual({ 'cpu.arch': 'aarch64' })
  const none = { ...bare, gpu: { gpu: false } }
  expect(await attributesIn(readGrid5000, JSON.stringify(none))).toMatchObject({ 'gpu.count': 0 })
})

test('nodes are found in a list, an answer, a site and the whole grid, with their place', async () => {
  const other = { ...node, uid: 'made-2' }
  const cluster = { type: 'cluster', uid: 'made', nodes: { 'made-1': node, 'made-2': other } }
  const site = { type: 'site', uid: 'lyon', clusters: [cluster] }
  const linked = {
    ...node,
    links: [{ rel: 'self', href: '/3.0/sites/nancy/clusters/gros/nodes/x' }],
  }
  const documents = [
    [
      { items: [node, other], total: 2 },
      { site: 'lyon', leaf: 'lyon-gw' },
    ],
    [[node, other], { site: 'lyon' }],
    [site, { site: 'lyon', cluster: 'made' }],
    [
      { type: 'grid', uid: 'g', sites: { lyon: site } },
      { site: 'lyon', cluster: 'made' },
    ],
    [[linked, other], { site: 'nancy', cluster: 'gros', leaf: 'nancy-gw' }],
  ] as const
  for (const [document, labels] of documents) {
    for (const indent of [0, 2]) {
      const found = await readAll(readGrid5000, JSON.stringify(document, null, indent))
      expect(found).toMatchObject([
        { kind: 'machine', machine: { name: 'made-1', labels } },
        { kind: 'machine', machine: { name: 'made-2' } },
      ])
    }
  }
})

test('several documents in one file are several nodes, a broken one costs only itself', async () => {
  const text = `${JSON.stringify(node, null, 2)}\n{"uid": 1, "type":\n"node"}\n{"a":1}\n{"uid":"b","type":"node"}`
  const lines = JSON.stringify(node, null, 2).split('\n').length
  expect(await readAll(readGrid5000, text)).toMatchObject([
    { kind: 'machine', machine: { name: 'made-1' } },
    { kind: 'problem', line: lines + 1, message: 'uid is 1, wanted a host name of one part' },
    {
      kind: 'problem',
      line: lines + 3,
      message: '\'{"a":1}\' is no node, and no list, cluster or site of nodes',
    },
    { kind: 'machine', line: lines + 4, machine: { name: 'b' } },
  ])
})

test('a problem inside of a document is told with the line of its node', async () => {
  const broken = { ...node, uid: 'made-2', architecture: { nb_cores: 'forty' } }
  const text = JSON.stringify({ items: [node, broken] }, null, 2)
  const line = text.split('\n').findIndex((one) => one.includes('"made-2"')) + 1
  expect(await readAll(readGrid5000, text)).toMatchObject([
    { kind: 'machine' },
    {
      kind: 'problem',
      line,
      message: "node 'made-2': 'architecture.nb_cores' is \"forty\", wanted a whole number",
    },
  ])
})

test('any JSON is machines or problems, never an error', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.json({ maxDepth: 6 }),
      fc.dictionary(fc.string(), fc.jsonValue()),
      async (text, extra) => {
        for (const document of [
          text,
          JSON.stringify({ ...node, ...extra }),
          JSON.stringify({ items: [extra] }),
        ]) {
          for (const entry of await readAll(readGrid5000, document)) {
            expect(['machine', 'problem']).toContain(entry.kind)
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})
