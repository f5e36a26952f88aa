import { expect, test } from 'vitest'
import { answerPath } from '../../../../agent/device-question.ts'
import { bmcProbe } from '../../../../agent/discovery/probes/bmc.ts'
import { rootedHost } from '../../../../agent/host.ts'
import { bmcFacts } from '../../../../protocol/facts/bmc.ts'
import { madeTree } from '../made-tree.ts'

const device = '/dev/ipmi0'

/** Where a recording keeps the answer to a request, and the answer. */
function answer(netFunction: number, command: number, data: string, hex: string) {
  const path = answerPath({ kind: 'ipmi', device, netFunction, command, data })
  return [path, Uint8Array.fromHex(hex)] as const
}

const lan = (parameter: string, hex: string) => answer(0x0c, 0x02, `01${parameter}`, `0011${hex}`)

const ipv6 = '20010db8000000000000000000000042'

const answers = [
  answer(0x06, 0x01, '', '002081025102bf7c2a00c80c00123400'.slice(0, 32)),
  answer(0x06, 0x37, '', '0078563412bc9aef4d8123456789abcdef'),
  answer(0x00, 0x01, '', '0041100104'),
  answer(0x0a, 0x40, '', '00510c00a02700f15365ffffffff82'),
  answer(0x0a, 0x20, '', '00516400ffff0000000000000000ff'),
  answer(0x06, 0x42, '01', '0001040181f2050b0000'),
  answer(0x06, 0x42, '02', '0002050581f2050b0000'),
  answer(0x06, 0x42, '03', 'cc'),
  lan('030000', '0a00002a'),
  lan('040000', '02'),
  lan('050000', '3cecef010203'),
  lan('060000', 'ffffff00'),
  lan('0c0000', '0a000001'),
  lan('0d0000', '000000000000'),
  lan('140000', '6480'),
  lan('370000', '010100'),
  lan('380000', `0080${ipv6}4000`),
  lan('3b0000', `0002${'00'.repeat(16)}4001`),
]

test('BMC that answers is told whole', async () => {
  await using tree = await madeTree({
    '/sys/class/ipmi/ipmi0/device/type': 'kcs\n',
    ...Object.fromEntries(answers),
  })
  const { facts, findings } = await bmcProbe.read(rootedHost(tree.root))
  expect(findings).toEqual([])
  expect(bmcFacts.parse(facts)).toEqual({
    announcedInterfaces: [],
    interfaces: [{ name: 'ipmi0', type: 'kcs', driver: null }],
    redfish: [],
    controllers: [
      {
        device,
        id: {
          deviceId: 32,
          deviceRevision: 1,
          firmwareVersion: '2.51',
          auxiliaryRevision: '00123400',
          ipmiVersion: '2.0',
          available: true,
          manufacturerId: 10876,
          manufacturer: 'Super Micro Computer',
          productId: 3272,
          functions: [
            'Sensor Device',
            'SDR Repository Device',
            'SEL Device',
            'FRU Inventory Device',
            'IPMB Event Receiver',
            'IPMB Event Generator',
            'Chassis Device',
          ],
        },
        systemGuid: '12345678-9abc-4def-8123-456789abcdef',
        channels: [
          {
            number: 1,
            lan: {
              address: '10.0.0.42',
              source: 'dhcp',
              netmask: '255.255.255.0',
              gateway: '10.0.0.1',
              mac: '3c:ec:ef:01:02:03',
              gatewayMac: null,
              vlan: 100,
              ipv6: [{ address: '2001:0db8:0000:0000:0000:0000:0000:0042', prefixLength: 64 }],
            },
          },
        ],
        chassis: {
          poweredOn: true,
          restorePolicy: 'power-on',
          powerOverload: false,
          powerFault: false,
          powerControlFault: false,
          lastEvents: ['on-by-command'],
          intrusion: true,
          frontPanelLockout: false,
          driveFault: false,
          coolingFault: false,
        },
        eventLog: {
          version: '1.5',
          entryCount: 12,
          freeBytes: 10144,
          lastAddedSeconds: 1_700_000_000,
          lastErasedSeconds: null,
          overflow: true,
        },
        sensorRecordCount: 100,
        fru: null,
      },
    ],
  })
})

test('what a BMC fails to answer leaves a finding and the rest of it', async () => {
  const broken = answers.map(([path, bytes]) =>
    path.includes('/00-01-')
      ? ([path, Uint8Array.fromHex('c3')] as const)
      : ([path, bytes] as const),
  )
  await using tree = await madeTree({
    '/sys/class/ipmi/ipmi0/device/type': 'kcs\n',
    ...Object.fromEntries(broken),
  })
  const { facts, findings } = await bmcProbe.read(rootedHost(tree.root))
  expect(findings).toMatchObject([{ code: 'bmc.failed', severity: 'warning', subject: device }])
  expect(facts.controllers).toMatchObject([{ chassis: null, sensorRecordCount: 100 }])
})

test('machine without a BMC has none', async () => {
  await using tree = await madeTree({ '/sys/class/ipmi/ipmi0/device/type': 'kcs\n' })
  const { facts, findings } = await bmcProbe.read(rootedHost(tree.root))
  expect(facts.controllers).toEqual([])
  expect(findings).toEqual([])
})

test('BMC that nobody can ask is told by what the kernel heard', async () => {
  const folder = '/sys/class/ipmi/ipmi0/device'
  await using tree = await madeTree({
    [`${folder}/type`]: 'ssif\n',
    [`${folder}/bmc/additional_device_support`]: '0xbf\n',
    [`${folder}/bmc/aux_firmware_revision`]: '0x00 0x28 0x01 0x07\n',
    [`${folder}/bmc/device_id`]: '32\n',
    [`${folder}/bmc/firmware_revision`]: '6.5\n',
    [`${folder}/bmc/guid`]: '44454C4C-3500-1051-8036-B4C04F444E32\n',
    [`${folder}/bmc/ipmi_version`]: '2.0\n',
    [`${folder}/bmc/manufacturer_id`]: '0x0002a2\n',
    [`${folder}/bmc/product_id`]: '0x0100\n',
    [`${folder}/bmc/revision`]: '1\n',
  })
  const { facts, findings } = await bmcProbe.read(rootedHost(tree.root))
  expect(findings).toEqual([])
  expect(bmcFacts.parse(facts).controllers).toMatchObject([
    {
      id: {
        deviceId: 32,
        deviceRevision: 1,
        firmwareVersion: '6.05',
        auxiliaryRevision: '00280107',
        ipmiVersion: '2.0',
        available: true,
        manufacturerId: 674,
        manufacturer: 'Dell',
        productId: 256,
      },
      systemGuid: '44454c4c-3500-1051-8036-b4c04f444e32',
    },
  ])
})
