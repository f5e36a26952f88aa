import { describe, expect, test } from 'vitest'
import { readClaims } from '../../../../agent/discovery/claims.ts'
import { nicProbe } from '../../../../agent/discovery/probes/nic.ts'
import { runProbe } from '../../../../agent/discovery/run-probe.ts'
import { rootedHost } from '../../../../agent/host.ts'
import { parseFacts } from '../../../../protocol/facts/inventory.ts'
import { cmisMemory, qsfpMemory, sfpMemory } from '../../../../bench/fuzz/module-memory.ts'
import { decodeModuleFile } from '../../../../agent/discovery/decode/module/file.ts'
import { answerFiles, type MadeDriver, pageFiles, recordedTree } from '../nic/answers.ts'

async function found(root: string) {
  const { facts, findings } = await runProbe(nicProbe, rootedHost(root))
  return { facts: parseFacts('nic', facts), findings }
}

const card = '/sys/devices/pci0000:17/0000:17:02.0/0000:18:00.0'

/** A 100 Gbit/s port with a module, member of a bond, with an RDMA device on the same function. */
const port = {
  '/sys/class/net/ens1f0np0': `-> ../../devices/pci0000:17/0000:17:02.0/0000:18:00.0/net/ens1f0np0`,
  [`${card}/net/ens1f0np0/device`]: '-> ../../../0000:18:00.0',
  [`${card}/net/ens1f0np0/type`]: '1\n',
  [`${card}/net/ens1f0np0/address`]: '02:00:00:00:00:01\n',
  [`${card}/net/ens1f0np0/addr_assign_type`]: '3\n',
  [`${card}/net/ens1f0np0/flags`]: '0x1803\n',
  [`${card}/net/ens1f0np0/carrier`]: '1\n',
  [`${card}/net/ens1f0np0/carrier_changes`]: '3\n',
  [`${card}/net/ens1f0np0/carrier_up_count`]: '2\n',
  [`${card}/net/ens1f0np0/carrier_down_count`]: '1\n',
  [`${card}/net/ens1f0np0/operstate`]: 'up\n',
  [`${card}/net/ens1f0np0/speed`]: '25000\n',
  [`${card}/net/ens1f0np0/duplex`]: 'full\n',
  [`${card}/net/ens1f0np0/mtu`]: '9000\n',
  [`${card}/net/ens1f0np0/dev_port`]: '0\n',
  [`${card}/net/ens1f0np0/dev_id`]: '0x0\n',
  [`${card}/net/ens1f0np0/phys_port_name`]: 'p0\n',
  [`${card}/net/ens1f0np0/phys_switch_id`]: '9c0591030012abcd\n',
  [`${card}/net/ens1f0np0/master`]: '-> ../../../../../virtual/net/bond0',
  [`${card}/net/ens1f0np0/bonding_slave/mii_status`]: 'up\n',
  [`${card}/net/ens1f0np0/bonding_slave/state`]: 'active\n',
  [`${card}/net/ens1f0np0/bonding_slave/link_failure_count`]: '1\n',
  [`${card}/net/ens1f0np0/bonding_slave/ad_aggregator_id`]: '7\n',
  [`${card}/net/ens1f0np0/bonding_slave/perm_hwaddr`]: '9c:05:91:12:ab:cd\n',
  [`${card}/infiniband/mlx5_0/fw_ver`]: '28.39.1002\n',
  [`${card}/driver`]: '-> ../../../../bus/pci/drivers/mlx5_core',
  [`${card}/numa_node`]: '0\n',
  [`${card}/sriov_totalvfs`]: '16\n',
  [`${card}/sriov_numvfs`]: '0\n',
  '/sys/bus/pci/devices/0000:18:00.0': '-> ../../../devices/pci0000:17/0000:17:02.0/0000:18:00.0',
}

const driver: MadeDriver = {
  driverInfo: ['mlx5_core', '6.1.0-18-amd64', '28.39.1002 (MT_0000000838)', '0000:18:00.0'],
  permanentAddress: '9c059112abcd',
  settings: {
    speedMegabits: 25_000,
    duplex: 1,
    port: 3,
    autonegotiation: 1,
    // 25000baseCR, 100000baseCR4, 100000baseSR4, FIBRE, Autoneg; the partner has 25000baseCR alone.
    masks: [
      [0x8000_0440, 0x60],
      [0x8000_0440, 0x60],
      [0x8000_0000, 0],
    ],
  },
  activeFec: 8,
  module: qsfpMemory({ bytes: { 9: 0x04 } }),
}

const software = {
  '/sys/class/net/bond0': '-> ../../devices/virtual/net/bond0',
  '/sys/devices/virtual/net/bond0/type': '1\n',
  '/sys/devices/virtual/net/bond0/bonding/mode': '802.3ad 4\n',
  '/sys/devices/virtual/net/bond0/bonding/slaves': 'ens1f0np0\n',
  '/sys/devices/virtual/net/bond0/bonding/xmit_hash_policy': 'layer3+4 1\n',
  '/sys/devices/virtual/net/bond0/bonding/active_slave': '\n',
  '/sys/devices/virtual/net/bond0/bonding/ad_partner_mac': '44:4c:a8:00:00:01\n',
  '/sys/devices/virtual/net/bond0/lower_ens1f0np0': `-> ../../../pci0000:17/0000:17:02.0/0000:18:00.0/net/ens1f0np0`,
  '/sys/class/net/bonding_masters': 'bond0\n',
  '/sys/class/net/br0/type': '1\n',
  '/sys/class/net/br0/bridge/bridge_id': '8000.02000000000a\n',
  '/sys/class/net/br0/bridge/stp_state': '2\n',
  '/sys/class/net/br0/brif/bond0/state': '3\n',
  '/sys/class/net/lo/type': '772\n',
}

describe('network interface', () => {
  test('is told with what its driver answers and the module in its cage', async () => {
    await using tree = await recordedTree(
      { ...port, ...software },
      answerFiles('ens1f0np0', driver),
    )
    const { facts, findings } = await found(tree.root)
    const [only, ...others] = facts.interfaces
    expect(others).toEqual([])
    expect(only).toMatchObject({
      name: 'ens1f0np0',
      mac: '9c:05:91:12:ab:cd',
      macAssignment: 'permanent',
      administrativelyUp: true,
      carrierChangeCount: 3,
      driver: 'mlx5_core',
      driverVersion: '6.1.0-18-amd64',
      firmwareVersion: '28.39.1002 (MT_0000000838)',
      pciAddress: '0000:18:00.0',
      numaNode: 0,
      deviceId: 0,
      physicalSwitchId: '9c0591030012abcd',
      port: 'fibre',
      autonegotiation: true,
      linkModes: {
        supported: [
          'Autoneg',
          'FIBRE',
          '25000baseCR/Full',
          '100000baseSR4/Full',
          '100000baseCR4/Full',
        ],
        partner: ['25000baseCR/Full'],
      },
      forwardErrorCorrection: { configured: ['auto'], active: ['rs'] },
      sriov: { totalVirtualFunctionCount: 16, virtualFunctionCount: 0 },
      master: 'bond0',
      rdmaDevices: ['mlx5_0'],
      module: { vendor: 'Mellanox', partNumber: 'MMA1B00-C100D', serial: 'MT2011FT01234' },
    })
    // 25 Gbit/s is all that the partner has, so the link is not slow.
    expect(findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'nic.module-alarm ens1f0np0',
    ])
    expect((await readClaims(rootedHost(tree.root))).macs).toEqual(['9c:05:91:12:ab:cd'])
  })

  test('is a part of a bond, and that of a bridge', async () => {
    await using tree = await recordedTree({ ...port, ...software })
    const { facts } = await found(tree.root)
    expect(facts.bonds).toMatchObject([
      {
        name: 'bond0',
        mode: '802.3ad',
        transmitHashPolicy: 'layer3+4',
        activeMember: null,
        partnerMac: '44:4c:a8:00:00:01',
        members: [
          {
            name: 'ens1f0np0',
            linkUp: true,
            state: 'active',
            linkFailureCount: 1,
            aggregatorId: 7,
          },
        ],
      },
    ])
    expect(facts.bridges).toMatchObject([
      { name: 'br0', bridgeId: '800002000000000a', spanningTree: true, members: ['bond0'] },
    ])
  })

  test('without answers is told from files, and asks for nothing that is not there', async () => {
    await using tree = await recordedTree(port)
    const { facts, findings } = await found(tree.root)
    expect(facts.interfaces).toMatchObject([
      {
        mac: '9c:05:91:12:ab:cd',
        macAssignment: 'set',
        driver: 'mlx5_core',
        linkSpeedBitsPerSecond: 25e9,
        firmwareVersion: null,
        linkModes: null,
        module: null,
      },
    ])
    expect(findings).toEqual([])
  })

  test('whose driver answers garbage keeps what the files tell', async () => {
    const answers = [...answerFiles('ens1f0np0', driver)].map(
      ([path, bytes]): [string, Uint8Array] => [path, bytes.subarray(0, 3)],
    )
    await using tree = await recordedTree(port, new Map(answers))
    const { facts, findings } = await found(tree.root)
    expect(facts.interfaces).toMatchObject([{ name: 'ens1f0np0', module: null, linkModes: null }])
    expect(new Set(findings.map(({ code }) => code))).toEqual(
      new Set(['nic.malformed', 'nic.module-unread']),
    )
  })

  test.each([
    ['CMIS', cmisMemory(), 8],
    ['SFF-8636', qsfpMemory(), 4],
    ['SFF-8472', sfpMemory(), 1],
  ])('has its module of %s read page by page where the kernel can', async (_, memory, lanes) => {
    await using tree = await recordedTree(port, pageFiles('ens1f0np0', memory))
    const { facts, findings } = await found(tree.root)
    expect(facts.interfaces[0]?.module).toEqual(decodeModuleFile(memory).module)
    expect(facts.interfaces[0]?.module?.monitors?.rxPowerWatts).toHaveLength(lanes)
    expect(findings.filter(({ code }) => code !== 'nic.module-alarm')).toEqual([])
  })

  test('is found by its way through the devices when a recording cut the link to its device', async () => {
    const { [`${card}/net/ens1f0np0/device`]: _, ...rest } = port
    await using tree = await recordedTree(rest)
    const { facts } = await found(tree.root)
    expect(facts.interfaces).toMatchObject([{ pciAddress: '0000:18:00.0', driver: 'mlx5_core' }])
  })
})

const hca = '/sys/class/infiniband/mlx5_0'
const infiniband = {
  [`${hca}/node_type`]: '1: CA\n',
  [`${hca}/node_guid`]: '9c05:9103:0012:abcd\n',
  [`${hca}/sys_image_guid`]: '9c05:9103:0012:abcc\n',
  [`${hca}/node_desc`]: 'node17 mlx5_0\n',
  [`${hca}/fw_ver`]: '28.39.1002\n',
  [`${hca}/hca_type`]: 'MT4129\n',
  [`${hca}/board_id`]: 'MT_0000000838\n',
  [`${hca}/hw_rev`]: '0\n',
  [`${hca}/device`]: '-> ../../../devices/pci0000:17/0000:17:02.0/0000:18:00.0',
  [`${card}/net/ib0/type`]: '32\n',
  [`${card}/driver`]: '-> ../../../../bus/pci/drivers/mlx5_core',
  [`${hca}/ports/1/state`]: '4: ACTIVE\n',
  [`${hca}/ports/1/phys_state`]: '5: LinkUp\n',
  [`${hca}/ports/1/link_layer`]: 'InfiniBand\n',
  [`${hca}/ports/1/rate`]: '400 Gb/sec (4X NDR)\n',
  [`${hca}/ports/1/lid`]: '0x4d2\n',
  [`${hca}/ports/1/sm_lid`]: '0x1\n',
  [`${hca}/ports/1/cap_mask`]: '0xa751e848\n',
  [`${hca}/ports/1/gids/0`]: 'fec0:0000:0000:0007:9c05:9103:0012:abcd\n',
  [`${hca}/ports/1/gids/1`]: '0000:0000:0000:0000:0000:0000:0000:0000\n',
  [`${hca}/ports/1/gid_attrs/types/0`]: 'IB/RoCE v1\n',
  [`${hca}/ports/1/counters/symbol_error`]: '17\n',
  [`${hca}/ports/1/counters/link_downed`]: '0\n',
  [`${hca}/ports/1/counters/port_rcv_data`]: '123456789\n',
  [`${hca}/ports/1/counters/VL15_dropped`]: 'N/A (no PMA)\n',
  [`${hca}/ports/1/hw_counters/out_of_sequence`]: '5\n',
  [`${hca}/ports/1/hw_counters/lifespan`]: '10\n',
}

describe('RDMA device', () => {
  test('of InfiniBand is told with its subnet and what its link counted', async () => {
    await using tree = await recordedTree(infiniband)
    const { facts, findings } = await found(tree.root)
    expect(facts.rdmaDevices).toEqual([
      {
        name: 'mlx5_0',
        nodeType: 'ca',
        nodeGuid: '9c0591030012abcd',
        systemImageGuid: '9c0591030012abcc',
        nodeDescription: 'node17 mlx5_0',
        firmwareVersion: '28.39.1002',
        hardwareRevision: '0',
        hcaType: 'MT4129',
        boardId: 'MT_0000000838',
        driver: 'mlx5_core',
        pciAddress: '0000:18:00.0',
        interfaces: ['ib0'],
        ports: [
          {
            number: 1,
            state: 'active',
            physicalState: 'link-up',
            linkLayer: 'infiniband',
            rateBitsPerSecond: 400e9,
            laneWidth: 4,
            speedName: 'NDR',
            lid: 1234,
            subnetManagerLid: 1,
            capabilityMask: 'a751e848',
            subnetPrefix: 'fec0000000000007',
            gids: [
              { index: 0, gid: 'fec00000000000079c0591030012abcd', type: 'ib', interface: null },
            ],
            errorCounts: { symbol_error: 17, out_of_sequence: 5 },
            unkeptCounters: ['VL15_dropped'],
          },
        ],
      },
    ])
    expect(findings).toEqual([
      {
        code: 'nic.rdma-errors',
        severity: 'info',
        subject: 'mlx5_0/1',
        message: 'Link errors counted: symbol_error 17',
      },
    ])
  })

  test('of RoCE is told with the interface and the version of each GID', async () => {
    await using tree = await recordedTree({
      ...infiniband,
      [`${hca}/ports/1/link_layer`]: 'Ethernet\n',
      [`${hca}/ports/1/lid`]: '0x0\n',
      [`${hca}/ports/1/sm_lid`]: '0x0\n',
      [`${hca}/ports/1/gids/1`]: '0000:0000:0000:0000:0000:ffff:0a00:0011\n',
      [`${hca}/ports/1/gid_attrs/types/1`]: 'RoCE v2\n',
      [`${hca}/ports/1/gid_attrs/ndevs/1`]: 'ens1f0np0\n',
    })
    const [port] = (await found(tree.root)).facts.rdmaDevices.flatMap(({ ports }) => ports)
    expect(port).toMatchObject({
      linkLayer: 'ethernet',
      lid: null,
      subnetManagerLid: null,
      subnetPrefix: null,
      gids: [
        { index: 0, type: 'roce-v1' },
        {
          index: 1,
          type: 'roce-v2',
          interface: 'ens1f0np0',
          gid: '00000000000000000000ffff0a000011',
        },
      ],
    })
  })

  test('with a file that is not in its format loses that file alone', async () => {
    await using tree = await recordedTree({ ...infiniband, [`${hca}/ports/1/rate`]: 'fast\n' })
    const { facts, findings } = await found(tree.root)
    expect(facts.rdmaDevices[0]?.ports[0]).toMatchObject({
      state: 'active',
      rateBitsPerSecond: null,
    })
    expect(findings.map(({ code, subject }) => `${code} ${subject}`)).toContain(
      'nic.malformed mlx5_0/1',
    )
  })
})

const adapter = '/sys/devices/pci0000:3a/0000:3b:00.0'
const fibreChannel = {
  '/sys/class/fc_host/host3': '-> ../../devices/pci0000:3a/0000:3b:00.0/host3/fc_host/host3',
  [`${adapter}/driver`]: '-> ../../../bus/pci/drivers/lpfc',
  '/sys/bus/pci/devices/0000:3b:00.0': '-> ../../../devices/pci0000:3a/0000:3b:00.0',
  [`${adapter}/host3/fc_host/host3/device`]: '-> ../../../host3',
  [`${adapter}/host3/fc_host/host3/port_name`]: '0x100000109b5a1234\n',
  [`${adapter}/host3/fc_host/host3/node_name`]: '0x200000109b5a1234\n',
  [`${adapter}/host3/fc_host/host3/fabric_name`]: '0xffffffffffffffff\n',
  [`${adapter}/host3/fc_host/host3/port_id`]: '0x000000\n',
  [`${adapter}/host3/fc_host/host3/port_state`]: 'Linkdown\n',
  [`${adapter}/host3/fc_host/host3/port_type`]: 'Unknown\n',
  [`${adapter}/host3/fc_host/host3/speed`]: 'unknown\n',
  [`${adapter}/host3/fc_host/host3/supported_speeds`]: '8 Gbit, 16 Gbit, 32 Gbit\n',
  [`${adapter}/host3/fc_host/host3/supported_classes`]: 'Class 3\n',
  [`${adapter}/host3/fc_host/host3/statistics/link_failure_count`]: '0x2\n',
  [`${adapter}/host3/fc_host/host3/statistics/dumped_frames`]: '0xffffffffffffffff\n',
  [`${adapter}/host3/fc_host/host3/statistics/tx_frames`]: '0x123456789abcdef01\n',
}

describe('Fibre Channel host', () => {
  const statistics = `${adapter}/host3/fc_host/host3/statistics`

  test('without a link is told by its names and what it can do', async () => {
    const { [`${statistics}/tx_frames`]: _, ...sound } = fibreChannel
    await using tree = await recordedTree(sound)
    const { facts, findings } = await found(tree.root)
    expect(findings).toEqual([])
    expect(facts.fibreChannelHosts).toEqual([
      {
        name: 'host3',
        driver: 'lpfc',
        pciAddress: '0000:3b:00.0',
        wwpn: '100000109b5a1234',
        wwnn: '200000109b5a1234',
        fabricWwn: null,
        portId: null,
        portType: null,
        portState: 'Linkdown',
        linkSpeedBitsPerSecond: null,
        supportedSpeedsBitsPerSecond: [8e9, 16e9, 32e9],
        supportedClasses: ['Class 3'],
        symbolicName: null,
        deviceLossTimeoutSeconds: null,
        statistics: { link_failure_count: 2 },
      },
    ])
  })

  test('with a statistic that is no number keeps its names', async () => {
    await using tree = await recordedTree(fibreChannel)
    const { facts, findings } = await found(tree.root)
    expect(facts.fibreChannelHosts).toMatchObject([{ wwpn: '100000109b5a1234', statistics: {} }])
    expect(findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'nic.malformed host3',
    ])
  })
})
