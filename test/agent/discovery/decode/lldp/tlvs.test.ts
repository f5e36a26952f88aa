import { expect, test } from 'vitest'
import { decodeLldpdu, lldpSummary } from '../../../../../agent/discovery/decode/lldp/lldpdu.ts'

const chassis = '020704020304050607'
const port = '040705457468312f31'
const timeToLive = '06020078'

const decode = (digits: string) =>
  decodeLldpdu(
    Uint8Array.fromHex(`${chassis}${port}${timeToLive}${digits}0000`.replaceAll(' ', '')),
  )

/** The fields of one TLV behind the mandatory ones, and its name. */
function read(type: number, value: string) {
  const digits = value.replaceAll(' ', '')
  const head = ((type << 9) | (digits.length / 2)).toString(16).padStart(4, '0')
  const { tlvs, findings } = decode(head + digits)
  return { name: tlvs[3]?.name, fields: tlvs[3]?.fields, codes: findings.map(({ code }) => code) }
}

const organizational = (oui: string, value: string) => read(127, oui + value)

test.each([
  ['a MAC address', '06 010203040506', '01:02:03:04:05:06'],
  ['an IPv4 address', '01 c0a80101', '192.168.1.1'],
  ['an IPv6 address', '02 20010db8000000000000000000000001', '2001:db8::1'],
  ['an IPv4 address in IPv6', '02 00000000000000000000ffffc0a80101', '::ffff:192.168.1.1'],
  ['four bytes of a family that is no address of IP', '10 41424344', '41424344'],
])('management address of %s is told as its family writes it', (_, address, text) => {
  const length = address.replaceAll(' ', '').length / 2
  const { fields } = read(8, `${length.toString(16).padStart(2, '0')} ${address} 02 0000000a 00`)
  expect(fields).toMatchObject({ address: text, interfaceNumber: 10, objectIdentifier: null })
})

test.each([
  ['2b0601040181fd5901', '1.3.6.1.4.1.32473.1'],
  ['88376b', '2.999.107'],
  ['290a', '1.1.10'],
  ['2b80', null],
])('object identifier %s of a management address is %s', (digits, text) => {
  const length = (digits.length / 2).toString(16).padStart(2, '0')
  const { fields } = read(8, `05 01 c0a80101 02 00000001 ${length} ${digits}`)
  expect(fields).toMatchObject({ objectId: digits, objectIdentifier: text })
})

test('management address is kept when its object identifier does not fit', () => {
  const { fields, codes } = read(8, '05 01 c0a80101 02 00000001 ff')
  expect(fields).toMatchObject({ address: '192.168.1.1', objectIdLength: 255, objectId: null })
  expect(codes).toEqual(['lldp.short'])
})

test.each([
  ['text', '6c6f63616c', 'local'],
  ['text that ends in zeros', '747261696c0000', 'trail'],
  ['bytes', '000102ff', '000102ff'],
  ['text in UTF-8', '6772c3b6c39f65', 'größe'],
  ['text with a letter of another encoding', '42fc726f', 'B\ufffdro'],
  ['an address', 'b8599fe43022', 'b8599fe43022'],
])('identifiers that are local to their sender are told when they are %s', (_, digits, id) => {
  const value = `07${digits}`
  const head = ((1 << 9) | (value.length / 2)).toString(16).padStart(4, '0')
  const { tlvs } = decodeLldpdu(Uint8Array.fromHex(`${head}${value}${port}${timeToLive}0000`))
  expect(lldpSummary(tlvs)).toMatchObject({ chassisId: id, chassisIdKind: 'local' })
})

test('TLVs of IEEE 802.1 say congestion notification, edge bridging and channels', () => {
  expect(organizational('0080c2', '08 c00f')).toEqual({
    name: 'dot1.congestion-notification',
    fields: { priorities: [6, 7], readyPriorities: [0, 1, 2, 3] },
    codes: [],
  })
  expect(organizational('0080c2', '0d 07 0e 68 94 34').fields).toMatchObject({
    reflectiveRelayCapable: true,
    reflectiveRelayRequested: true,
    reflectiveRelayStatus: 2,
    maximumRetries: 3,
    retransmissionExponent: 8,
    mode: 'station',
    resourceWaitDelayExponent: 20,
    reinitKeepAliveIsRemote: true,
  })
  expect(organizational('0080c2', '0e 8800000a 001002 00a0c8').fields).toEqual({
    role: 'station',
    channelComponent: true,
    channelCapacity: 10,
    channels: [
      { channel: 1, serviceVlan: 2 },
      { channel: 10, serviceVlan: 0xc8 },
    ],
  })
  // A subtype with a name alone is no mistake of the sender.
  expect(organizational('0080c2', '10 0102')).toEqual({
    name: 'dot1.application-vlan',
    fields: null,
    codes: [],
  })
})

test('TLVs of IEEE 802.3 say fast wake, preemption, and power before 802.3at', () => {
  expect(organizational('00120f', '06 01000100').fields).toEqual({
    transmitFastWake: true,
    receiveFastWake: false,
    echoTransmitFastWake: true,
    echoReceiveFastWake: false,
  })
  expect(organizational('00120f', '07 000b').fields).toMatchObject({
    preemptionSupported: true,
    preemptionEnabled: true,
    preemptionActive: false,
    leastFragmentBytes: 128,
  })
  expect(organizational('00120f', '02 070105 57 0082').fields).toMatchObject({
    portClass: 'PSE',
    powerType: 1,
    powerSource: 1,
    pdTakesBothModes: true,
    powerPriority: 3,
    pdRequestedWatts: 13,
  })
  expect(organizational('00120f', '08 0102').codes).toEqual([])
  expect(organizational('00120f', '06 01').codes).toEqual(['lldp.short'])
})

test('location of LLDP-MED says degrees with their resolution', () => {
  // RFC 6225 §2.1: 34 bits, 25 of them behind the point; here 38.5 and -77.25 degrees.
  const word = (resolution: number, degrees: number) =>
    (BigInt(resolution) << 34n) | BigInt.asUintN(34, BigInt(degrees * 2 ** 25))
  const digits = (value: bigint, bytes: number) => value.toString(16).padStart(bytes * 2, '0')
  const altitude = (1n << 36n) | (9n << 30n) | BigInt.asUintN(30, BigInt(-12.5 * 256))
  const { fields } = organizational(
    '0012bb',
    `03 01 ${digits(word(34, 38.5), 5)} ${digits(word(18, -77.25), 5)} ${digits(altitude, 5)} 02`,
  )
  expect(fields).toMatchObject({
    latitudeResolutionBits: 34,
    latitudeDegrees: 38.5,
    longitudeResolutionBits: 18,
    longitudeDegrees: -77.25,
    altitudeType: 1,
    altitudeResolutionBits: 9,
    altitude: -12.5,
    datum: 2,
  })
})

test('exchange of the Converged Enhanced Ethernet group says groups, flow control and protocols', () => {
  const control = '020a 0000 00000001 00000002'
  const groups = '0411 0000 8000 01234567 32320000 00000000 08'
  const flow = '0606 0000 c000 08 04'
  const applications = '0810 0000 8000 8906001b2108 0cbc011b2110'
  const { name, fields } = organizational(
    '001b21',
    `02 ${control} ${groups} ${flow} ${applications}`,
  )
  expect(name).toBe('dcbx.cee')
  expect(fields).toMatchObject({
    features: [
      { kind: 'control', sequence: 1, acknowledged: 2 },
      {
        kind: 'priority-groups',
        enabled: true,
        willing: false,
        priorityAssignment: [0, 1, 2, 3, 4, 5, 6, 7],
        bandwidthPercent: [50, 50, 0, 0, 0, 0, 0, 0],
        trafficClassCount: 8,
      },
      {
        kind: 'priority-flow-control',
        willing: true,
        enabledPriorities: [3],
        trafficClassCount: 4,
      },
      {
        kind: 'application-protocol',
        applications: [
          { protocol: 0x8906, selector: 0, oui: '001b21', priorities: [3] },
          { protocol: 0x0cbc, selector: 1, oui: '001b21', priorities: [4] },
        ],
      },
    ],
  })
  expect(organizational('001b21', '02 0606 0000').codes).toEqual(['lldp.short'])
})

test('leaf switches of an ACI fabric say who they are', () => {
  expect(organizational('000142', 'd7 6c6561662d313031')).toMatchObject({
    name: 'cisco.node-name',
    fields: { text: 'leaf-101' },
  })
  expect(organizational('000142', 'cb 00000065').fields).toEqual({ value: 101 })
  expect(organizational('000142', 'd3 0fef').fields).toEqual({ vlan: 4079 })
  expect(organizational('000142', 'dd 01')).toEqual({
    name: 'organization',
    fields: null,
    codes: [],
  })
})

test('clients of a bridged core say their services, and industrial ports their clock', () => {
  const digest = '00'.repeat(32)
  expect(organizational('00040d', `0c ${digest} 1064 000064 2065 000065`)).toMatchObject({
    name: 'fabric-attach.assignments',
    fields: {
      assignments: [
        { status: 1, vlan: 100, serviceId: 100 },
        { status: 2, vlan: 101, serviceId: 101 },
      ],
    },
  })
  expect(organizational('00040d', `0b ${digest} 041002 00`).fields).toMatchObject({
    elementType: 1,
    state: 1,
    managementVlan: 2,
  })
  const uuid = '00112233445566778899aabbccddeeff'
  expect(
    organizational('000ecf', `06 020304050607 ${uuid}${uuid} 800003e8 00000000 800001f4 00000000`),
  ).toMatchObject({
    name: 'profinet.ptcp-status',
    fields: {
      master: '02:03:04:05:06:07',
      subdomain: '00112233-4455-6677-8899-aabbccddeeff',
      lengthOfPeriodNanoseconds: 1000,
      redPeriodBeginNanoseconds: null,
      orangePeriodBeginNanoseconds: 500,
    },
  })
})
