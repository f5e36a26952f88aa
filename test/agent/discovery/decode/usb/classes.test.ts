import { expect, test } from 'vitest'
import { decodeUsbFile } from '../../../../../agent/discovery/decode/usb/file.ts'
import { usbDescriptors } from '../../../../../protocol/facts/usb-descriptors.ts'

/** A device whose one configuration holds the given descriptors, each in hex. */
function deviceOf(descriptors: readonly string[], version = '0002'): Uint8Array {
  const body = descriptors.join('')
  const total = (9 + body.length / 2).toString(16).padStart(4, '0')
  const length = total.slice(2) + total.slice(0, 2)
  return Uint8Array.fromHex(
    `1201${version}00000040341278560001010203010902${length}0101008032${body}`,
  )
}

function decoded(descriptors: readonly string[], version?: string) {
  const found = usbDescriptors.parse(decodeUsbFile(deviceOf(descriptors, version)))
  const [configuration] = found.configurations
  if (configuration === undefined) throw new Error('want a configuration')
  expect(found.findings).toEqual([])
  return { found, configuration }
}

test('HID, DFU, debug and OTG descriptors are typed where they stand', () => {
  const { configuration } = decoded([
    '030903',
    '090400000103010100',
    '092111010001223f00',
    '0705810308000a',
    '0904010000fe010200',
    '09210bff0000101a01',
  ])
  expect(configuration.descriptors).toEqual([
    { kind: 'otg', sessionRequest: true, hostNegotiation: true },
  ])
  expect(configuration.interfaces.map(({ descriptors }) => descriptors)).toEqual([
    [
      {
        kind: 'hid',
        version: '1.11',
        countryCode: 0,
        reports: [{ type: 'report', lengthBytes: 63 }],
      },
    ],
    [
      {
        kind: 'dfu',
        canDownload: true,
        canUpload: true,
        manifestationTolerant: false,
        willDetach: true,
        detachTimeoutMs: 255,
        transferSizeBytes: 4096,
        version: '1.1a',
      },
    ],
  ])
})

test('communications functions keep their association, union and Ethernet address', () => {
  const { configuration } = decoded([
    '080b00020206000a',
    '09040000010206000b',
    '0524001001',
    '0524060001',
    '0d240f0500000000ea05000000',
  ])
  expect(configuration.interfaceAssociations).toEqual([
    { firstInterface: 0, interfaceCount: 2, classCode: '020600', nameIndex: 10 },
  ])
  expect(configuration.interfaces[0]?.nameIndex).toBe(11)
  expect(configuration.interfaces[0]?.descriptors).toMatchObject([
    { subtype: 'Header', fields: { version: '1.10' } },
    { subtype: 'Union', fields: { controlInterface: 0, subordinateInterfaces: [1] } },
    { subtype: 'Ethernet Networking', fields: { macAddressIndex: 5, maxSegmentSizeBytes: 1514 } },
  ])
})

test('attached SCSI pipes, streams and bursts stand with their endpoints', () => {
  const { configuration } = decoded(
    ['090400010108066200', '07058102000400', '06300f050000', '04240300'],
    '1003',
  )
  expect(configuration.maxPowerAmperes).toBe(0.4)
  expect(configuration.interfaces[0]?.endpoints).toMatchObject([
    {
      transfer: 'bulk',
      maxPacketSizeBytes: 1024,
      companion: { maxBurst: 16, streamCount: 32, burstsPerInterval: 1, bytesPerInterval: 0 },
      descriptors: [{ kind: 'pipe-usage', pipe: 'data-in' }],
    },
  ])
})

test('audio, video and unknown descriptors keep their bytes', () => {
  const { configuration } = decoded([
    '090400000001010000',
    '092401000109000101',
    '090401000101020000',
    '07050105140004',
    '07250100000000',
    '09040200000e010000',
    '05240501aa',
    '09040300000f000000',
    '04ee1234',
  ])
  expect(configuration.interfaces.map(({ descriptors }) => descriptors)).toMatchObject([
    [{ kind: 'audio', subtype: 'HEADER', data: '000109000101' }],
    [],
    [{ kind: 'video', subtype: 'PROCESSING_UNIT', data: '01aa' }],
    [{ kind: 'raw', type: 'ee', data: '1234' }],
  ])
  expect(configuration.interfaces[1]?.endpoints).toMatchObject([
    {
      transfer: 'isochronous',
      synchronization: 'asynchronous',
      usage: 'data',
      descriptors: [{ kind: 'audio', subtype: 'EP_GENERAL' }],
    },
  ])
})

/** Announces one capability more than there is. */
const store = '050f2a0004071002060000000a1003000e00010aff0714100400000102030405060708090a0b0c0d0e0f'

test('binary object store tells speeds, lanes and the container', () => {
  const found = usbDescriptors.parse(decodeUsbFile(Uint8Array.fromHex(store)))
  expect(found).toMatchObject({ device: null, truncated: true })
  expect(found.capabilities).toEqual([
    {
      kind: 'usb2-extension',
      linkPowerManagement: true,
      bestEffortServiceLatency: true,
      baselineLatencyMicroseconds: null,
      deepLatencyMicroseconds: null,
    },
    {
      kind: 'superspeed',
      latencyToleranceMessages: false,
      speeds: ['full', 'high', 'super'],
      fullFunctionSpeed: 'full',
      u1ExitLatencyMicroseconds: 10,
      u2ExitLatencyMicroseconds: 2047,
    },
    { kind: 'container-id', uuid: '03020100-0504-0706-0809-0a0b0c0d0e0f' },
  ])
})

test('SuperSpeedPlus capability tells each sublink speed', () => {
  const plus = '050f19000114100a00010000000011000030400a00b0400a00'
  const found = decodeUsbFile(Uint8Array.fromHex(plus))
  expect(found.capabilities).toEqual([
    {
      kind: 'superspeed-plus',
      minRxLaneCount: 1,
      minTxLaneCount: 1,
      sublinkSpeeds: [
        {
          id: 0,
          direction: 'rx',
          symmetric: true,
          protocol: 'SuperSpeedPlus',
          bitsPerSecond: 10_000_000_000,
        },
        {
          id: 0,
          direction: 'tx',
          symmetric: true,
          protocol: 'SuperSpeedPlus',
          bitsPerSecond: 10_000_000_000,
        },
      ],
    },
  ])
})

test('text of a hex dump is the same device', () => {
  const bytes = deviceOf([])
  const hex = bytes.toHex()
  const spaced = hex.replaceAll(/(..)/g, '0x$1, ')
  const xxd = `00000000: ${hex.slice(0, 32).replaceAll(/(..)(..)?/g, '$1$2 ')} ................\n00000010: ${hex.slice(32).replaceAll(/(..)(..)?/g, '$1$2 ')} ....\n`
  const dump = `00000000  ${hex.slice(0, 32).replaceAll(/(..)/g, '$1 ')} |................|\n00000010  ${hex.slice(32).replaceAll(/(..)/g, '$1 ')}    |...........|\n0000001b\n`
  const wanted = decodeUsbFile(bytes)
  for (const text of [hex, hex.toUpperCase(), spaced, xxd, dump]) {
    expect(decodeUsbFile(new TextEncoder().encode(text)), text).toEqual(wanted)
  }
})

/** A store of one capability. */
function capabilityOf(type: string, rest: string) {
  const body = rest.replaceAll(/[ -]/g, '')
  const length = 3 + body.length / 2
  const hex = (value: number) => value.toString(16).padStart(2, '0')
  const digits = `050f${hex(length + 5)}0001${hex(length)}10${type}${body}`
  return usbDescriptors.parse(decodeUsbFile(Uint8Array.fromHex(digits))).capabilities
}

test('capabilities of latency, power, plug and configurations are typed', () => {
  expect(capabilityOf('02', '1e540000')).toEqual([
    {
      kind: 'usb2-extension',
      linkPowerManagement: true,
      bestEffortServiceLatency: true,
      baselineLatencyMicroseconds: 400,
      deepLatencyMicroseconds: 500,
    },
  ])
  expect(capabilityOf('06', '00 56000000 0000 0300 2001 0003 1001')).toEqual([
    {
      kind: 'power-delivery',
      batteryCharging: true,
      powerDelivery: true,
      provider: false,
      consumer: true,
      typeCCurrent: true,
      batteryChargingVersion: '1.20',
      powerDeliveryVersion: '3.00',
      typeCVersion: '1.10',
    },
  ])
  const configured = `03${'00'.repeat(31)}`
  expect(capabilityOf('0d', `05 01 00 0080 ${configured} 2101 00 00 01ff 00 06`)).toEqual([
    {
      kind: 'billboard',
      informationUrlIndex: 5,
      preferredMode: 0,
      version: '1.21',
      modes: [{ index: 0, svid: 'ff01', mode: 0, state: 'configured', nameIndex: 6 }],
    },
  ])
  expect(capabilityOf('10', '0001 080650 02 0001')).toEqual([
    {
      kind: 'configuration-summary',
      version: '1.00',
      classCode: '080650',
      configurationIndexes: [0, 1],
    },
  ])
  expect(capabilityOf('11', '0102')).toEqual([{ kind: 'raw', type: '11', data: '0102' }])
})

test('platforms that are known by their UUID say their request, the others keep their bytes', () => {
  expect(capabilityOf('05', '00 38b60834 a909 a047 8bfd-a0768815b665 0001 21 01')).toMatchObject([
    { name: 'WebUSB', fields: { version: '1.00', vendorCode: 0x21, landingPageIndex: 1 } },
  ])
  expect(
    capabilityOf('05', '00 df60ddd8 8945 c74c 9cd2-659d9e648a9f 00000306 b200 20 00'),
  ).toMatchObject([
    {
      name: 'Microsoft OS 2.0',
      fields: { windowsVersion: '06030000', descriptorSetBytes: 178, vendorCode: 0x20 },
    },
  ])
  expect(capabilityOf('05', `00 ${'11'.repeat(16)} aabb`)).toMatchObject([
    { name: null, fields: {}, data: 'aabb' },
  ])
})

test('readers of smart cards, audio of version 3 and network functions are typed', () => {
  const reader = [
    '3621 1001 00 07 03000000 a00f0000 a00f0000 00 002a0000 405b0500 00 fe000000',
    '00000000 00000000 30020400 0f010000 ff ff 0000 00 01',
  ]
  const { configuration } = decoded([
    '09040000000b000000',
    reader.join('').replaceAll(' ', ''),
    '090401000001013000',
    '0424100a',
    '0904020000020d0000',
    '08241c0001400006',
    '04240807',
    '0904030000e0010300',
    '0524060304',
  ])
  expect(configuration.interfaces.map(({ descriptors }) => descriptors)).toMatchObject([
    [
      {
        kind: 'smart-card',
        version: '1.10',
        slotCount: 1,
        voltages: [5, 3, 1.8],
        protocols: ['T=0', 'T=1'],
        maximumClockHz: 4_000_000,
        maximumMessageBytes: 271,
        busySlotCount: 1,
      },
    ],
    [{ kind: 'audio', subtype: 'POWER_DOMAIN' }],
    [
      {
        subtype: 'MBIM Extended',
        fields: { version: '1.00', maxOutstandingCommands: 64, mtuBytes: 1536 },
      },
      { subtype: 'Telephone Operational Modes', fields: { capabilities: 7 } },
    ],
    // RNDIS, as management controllers have it.
    [{ subtype: 'Union', fields: { controlInterface: 3, subordinateInterfaces: [4] } }],
  ])
})
