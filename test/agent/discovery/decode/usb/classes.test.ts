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
    { kind: 'usb2-extension', linkPowerManagement: true, bestEffortServiceLatency: true },
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
