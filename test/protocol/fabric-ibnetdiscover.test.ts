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
  expect(() => decode('Switch\t: 0x0002 ports 36 devid 0x1 vendid 0x2 "list"\n')).toThrow('no node')
})

test('a node has no more ports than it says', () => {
  const port = '[1](2) \t"S-0003"[1]\t\t# lid 1 lmc 0 "s" lid 2 4xEDR\n'
  const dump = decode(`caguid=0x1\nCa\t1 "H-0001"\t\t# "a"\n${port}${port}`)
  expect(dump.nodes[0]?.ports).toHaveLength(1)
  expect(dump.findings).toHaveLength(1)
})
