import { expect, test } from 'vitest'
import { fabricDump } from '../../protocol/fabric-dump.ts'
import { decodeIbnetdiscover } from '../../protocol/fabric-ibnetdiscover.ts'

const decode = (text: string) =>
  fabricDump.parse(decodeIbnetdiscover(new TextEncoder().encode(text)))

/** Forms of `ibnetdiscover --grouping --full`, of routers, and of what the tool does not know. */
const grouped = `#
# Topology file: generated on Tue Jan  2 03:04:05 2024
#
# Reported max hops discovered: 2
# Total MADs used: 17
# Initiated from node 0002c90300a1b2c0 port 0002c90300a1b2c1

Chassis 1 (guid 0x2c902004a5b60)

# Spine Nodes
vendid=0x2c9
devid=0xbd36
sysimgguid=0x2c902004a5b60\t\t# Chassis 1 (big box)
switchguid=0x2c902004a5b61(2c902004a5b61)\t# ISR9288 spine 1 Spine Chip 1
Switch\t36 "S-0002c902004a5b61"\t\t# "Infiniscale-IV "left" Mellanox Technologies" base port 0 lid 5 lmc 0
[1][ext 7]\t"S-0002c902004a5b62"[20][ext 3]\t\t# "Line" lid 6 ??QDR s=4 w=2 v=8
[2]\t"R-0002c90200000001"[1](2c90200000002) \t\t# "router" lid 9 4x???

# Chassis CAs
vendid=0x1077
devid=0x7322
caguid=0x11750000791a2c
Ca\t2 "H-0011750000791a2c"\t\t# "node1 qib0" (scp)
[2](11750000791a2d) \t"H-0011750000791a2e"[1] (11750000791a2f) \t\t# lid 2 lmc 1 "node2 qib0" lid 3 12xFDR10

vendid=0x2c9
devid=0x1
rtguid=0x2c90200000001
Rt\t1 "R-0002c90200000001"\t\t# "router"
`

test('grouped and full output is read with all it says', () => {
  const dump = decode(grouped)
  expect(dump.findings).toEqual([])
  expect(dump.generatedAt).toBe('Tue Jan  2 03:04:05 2024')
  expect(dump.initiatedFrom?.portGuid).toBe('0002c90300a1b2c1')
  expect(dump.chassis).toEqual([{ number: 1, guid: '0002c902004a5b60' }])
  const [spine, adapter, router] = dump.nodes
  expect(spine).toMatchObject({
    kind: 'switch',
    vendorId: '0002c9',
    deviceId: 'bd36',
    description: 'Infiniscale-IV "left" Mellanox Technologies',
    managementPort: { enhanced: false, lid: 5, lmc: 0 },
    chassis: { number: 1, name: 'big box', place: 'ISR9288 spine 1 Spine Chip 1' },
  })
  expect(spine?.ports).toMatchObject([
    {
      number: 1,
      externalNumber: 7,
      peer: { kind: 'switch', port: 20, externalNumber: 3, portGuid: null },
      laneWidth: null,
      speed: 'QDR',
      linkSpeedBitsPerSecond: null,
      fields: { speed: 4, width: 2, vlCapability: 8 },
    },
    { number: 2, peer: { kind: 'router', portGuid: '0002c90200000002' }, speed: null },
  ])
  expect(adapter).toMatchObject({ kind: 'adapter', systemImageGuid: null, portCount: 2 })
  expect(adapter?.ports[0]).toMatchObject({
    guid: '0011750000791a2d',
    lid: 2,
    lmc: 1,
    peer: { kind: 'adapter', portGuid: '0011750000791a2f', description: 'node2 qib0' },
    linkSpeedBitsPerSecond: 120e9,
  })
  expect(router).toMatchObject({ kind: 'router', ports: [] })
})

test('lines that are none of the tool become findings and cost nothing else', () => {
  const damaged = grouped.replace('[2]\t"R-', '[2]\t"X-').replace('rtguid', 'something')
  const dump = decode(`${damaged}\n[9] nonsense\nmore nonsense\n`)
  expect(dump.nodes).toHaveLength(3)
  expect(dump.findings.map(({ code }) => code)).toEqual(Array(4).fill('fabric.unreadable-line'))
})

test('text without a node is refused', () => {
  expect(() => decode('')).toThrow('no node')
  expect(() => decode('nonsense\n')).toThrow('no node')
})

test.each([
  [
    'a list of nodes',
    'Switch\t : 0x0002c90300a1b2c0 ports 36 devid 0xbd36 vendid 0x2c9 "MF0;leaf:SX6036/U1"\n',
  ],
  [
    'a report of ports',
    "SW     1 36 0x0002c90300a1b2c0 4xSDR                                     'MF0;leaf'\n",
  ],
  ['a comparison', '< vendid=0x2c9\n< devid=0x1011\n< caguid=0x2c90300a1b2c0\n'],
  ['iblinkinfo', 'CA: node1 mlx5_0:\n      0x0002c90300a1b2c1      2    1[  ] ==( 4X ...\n'],
  ['a cache', '+\ufffd\ufffd\u0001\u0000\u0000\u0000\n'],
])('%s is refused with what it is, and what is wanted', (form, text) => {
  expect(() => decode(text)).toThrow(
    new RegExp(`^Cannot read fabric: this is .*${form}.*; want what ibnetdiscover prints`),
  )
})

test('a cache is refused as it comes from a disk', () => {
  const bytes = Uint8Array.fromHex('2b83e78f01000000')
  expect(() => decodeIbnetdiscover(bytes)).toThrow('this is a cache')
})

test('text that lost its tabs and has the line ends of Windows is read all the same', () => {
  const changed = grouped.replaceAll('\t', '    ').replaceAll('\n', '\r\n')
  expect(decode(`\ufeff${changed}\r\n\r\n`)).toEqual(decode(grouped))
})

test('output that is set in, of a tool of 2007, is read with the links it gives no speed of', () => {
  const dump = decode(`
   # Max of 3 hops discovered
   # Initiated from node 0008f10403960558 port 0008f10403960559

   Non-Chassis Nodes

   vendid=0x8f1
   devid=0x5a06
   switchguid=0x5442ba00003080
   Switch  24 "S-005442ba00003080"         # "ISR9024 Voltaire" base port 0 lid 6 lmc 0
   [22]    "H-0008f10403961354"[1](8f10403961355)         # "MT23108 InfiniHost" lid 4 4xSDR
   [10]    "S-0008f10400410015"[1]         # "SW-6IB4 Voltaire" lid 3
`)
  expect(dump.findings).toEqual([])
  expect(dump.initiatedFrom?.nodeGuid).toBe('0008f10403960558')
  expect(dump.nodes[0]?.ports).toMatchObject([
    { number: 22, laneWidth: 4, speed: 'SDR', linkSpeedBitsPerSecond: 10e9 },
    { number: 10, laneWidth: null, speed: null, linkSpeedBitsPerSecond: null },
  ])
})

test.each([
  ['4xXDR', 800e9],
  ['2xNDR', 200e9],
  ['4xNDR', 400e9],
  ['1xHDR', 50e9],
  ['4xHDR', 200e9],
  ['8xFDR', 112e9],
  ['4x???', null],
])('link of %s is told by the speed it is sold with', (words, linkSpeedBitsPerSecond) => {
  const port = `[1](2) \t"S-0003"[1]\t\t# lid 1 lmc 0 "" lid 2 ${words}\n`
  const dump = decode(`caguid=0x1\nCa\t1 "H-0001"\t\t# ""\n${port}`)
  expect(dump.findings).toEqual([])
  expect(dump.nodes[0]).toMatchObject({ description: '', ports: [{ linkSpeedBitsPerSecond }] })
})

test('a node has no more ports than it says', () => {
  const port = '[1](2) \t"S-0003"[1]\t\t# lid 1 lmc 0 "s" lid 2 4xEDR\n'
  const dump = decode(`caguid=0x1\nCa\t1 "H-0001"\t\t# "a"\n${port}${port}`)
  expect(dump.nodes[0]?.ports).toHaveLength(1)
  expect(dump.findings).toHaveLength(1)
})
