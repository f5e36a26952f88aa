import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUsbDescriptors } from '../../../../../agent/discovery/decode/usb/descriptors.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'

const hub = Uint8Array.fromHex(
  '12010002090001408780200000000000000109021900010100e0000904000001090000000705810301000c',
)

test('descriptors of a hub give its configuration, interface and endpoint', () => {
  expect(decodeUsbDescriptors(hub)).toEqual({
    device: {
      usbVersion: '2.00',
      classCode: '090001',
      maxPacketSize0: 64,
      vendorId: '8087',
      productId: '0020',
      deviceVersion: '0.00',
      manufacturerIndex: null,
      productIndex: null,
      serialIndex: null,
      configurationCount: 1,
    },
    configurations: [
      {
        value: 1,
        nameIndex: null,
        attributes: 'e0',
        selfPowered: true,
        remoteWakeup: true,
        maxPowerAmperes: 0,
        interfaceCount: 1,
        totalLengthBytes: 25,
        interfaceAssociations: [],
        descriptors: [],
        interfaces: [
          {
            number: 0,
            alternateSetting: 0,
            classCode: '090000',
            endpointCount: 1,
            nameIndex: null,
            descriptors: [],
            endpoints: [
              {
                address: '81',
                direction: 'in',
                transfer: 'interrupt',
                synchronization: null,
                usage: 'periodic',
                maxPacketSizeBytes: 1,
                transactionsPerMicroframe: 1,
                interval: 12,
                companion: null,
                plusBytesPerInterval: null,
                descriptors: [],
              },
            ],
          },
        ],
      },
    ],
    capabilities: null,
    truncated: false,
    findings: [],
  })
})

test('descriptors that end early give what there is and say so', () => {
  expect(decodeUsbDescriptors(hub.subarray(0, 18))).toMatchObject({
    configurations: [],
    truncated: true,
  })
  expect(decodeUsbDescriptors(hub.subarray(0, 38))).toMatchObject({ truncated: true })
})

test('descriptor of length 0 ends its configuration with a finding, not in a loop', () => {
  const broken = Uint8Array.from(hub)
  broken[27] = 0
  const { configurations, findings } = decodeUsbDescriptors(broken)
  expect(configurations.map(({ interfaces }) => interfaces)).toEqual([[]])
  expect(findings.map(({ code }) => code)).toEqual(['usb.bad-descriptor'])
})

test('configuration that begins before the end of the one before it is read as its own', () => {
  const two = Uint8Array.fromHex(`${hub.toHex()}${hub.toHex().slice(36)}`)
  two[17] = 2
  two[20] = 50
  const { configurations, truncated } = decodeUsbDescriptors(two)
  expect(configurations.map(({ interfaces }) => interfaces.length)).toEqual([1, 1])
  expect(truncated).toBe(true)
})

test('any bytes give an answer or a DecodeError', () => {
  const mutated = fc
    .array(fc.tuple(fc.nat(hub.length - 1), fc.nat(255)), { maxLength: 6 })
    .map((patches) => {
      const bytes = Uint8Array.from(hub)
      for (const [at, value] of patches) bytes[at] = value
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
      try {
        decodeUsbDescriptors(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
  )
})
