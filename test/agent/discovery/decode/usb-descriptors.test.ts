import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { decodeUsbDescriptors } from '../../../../agent/discovery/decode/usb-descriptors.ts'
import { DecodeError } from '../../../../protocol/errors.ts'
import { corpusJson, corpusNames } from '../../../../bench/score/corpus.ts'
import { describeCorpus } from '../corpora.ts'

const hub = Uint8Array.fromHex(
  '12010002090001408780200000000000000109021900010100e0000904000001090000000705810301000c',
)

test('descriptors of a hub give its configuration, interface and endpoint', () => {
  expect(decodeUsbDescriptors(hub)).toEqual({
    usbVersion: '2.00',
    classCode: '090001',
    maxPacketSize0: 64,
    vendorId: '8087',
    productId: '0020',
    deviceVersion: '0.00',
    configurationCount: 1,
    configurations: [
      {
        value: 1,
        selfPowered: true,
        remoteWakeup: true,
        maxPowerAmperes: 0,
        interfaces: [
          {
            number: 0,
            alternateSetting: 0,
            classCode: '090000',
            endpoints: [
              {
                address: '81',
                direction: 'in',
                transfer: 'interrupt',
                maxPacketSizeBytes: 1,
                interval: 12,
              },
            ],
          },
        ],
      },
    ],
    truncated: false,
  })
})

test('descriptors that end early give what there is and say so', () => {
  expect(decodeUsbDescriptors(hub.subarray(0, 18))).toMatchObject({
    configurations: [],
    truncated: true,
  })
  expect(decodeUsbDescriptors(hub.subarray(0, 38))).toMatchObject({ truncated: true })
})

test('descriptor of length 0 is refused, not walked for ever', () => {
  const broken = Uint8Array.from(hub)
  broken[27] = 0
  expect(() => decodeUsbDescriptors(broken)).toThrow(DecodeError)
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

const oracle = z.array(
  z.object({
    path: z.string(),
    descriptors_hex: z.string(),
    expected: z.record(z.string(), z.string()),
    udev: z.record(z.string(), z.string()),
  }),
)

describeCorpus('usb-libfprint', 'descriptors of real USB devices', () => {
  test('are what the kernel and udev say of the same device', async () => {
    const names = await corpusNames('usb-libfprint/oracle', '.usb.json')
    let devices = 0
    for (const name of names) {
      const file = await corpusJson('usb-libfprint/oracle', `${name}.usb.json`)
      for (const { path, descriptors_hex: hexText, expected, udev } of oracle.parse(file)) {
        const found = decodeUsbDescriptors(Uint8Array.fromHex(hexText))
        const active = found.configurations.find(
          ({ value }) => value === Number(expected['bConfigurationValue'] ?? 1),
        )
        const classes = [...new Set(active?.interfaces.map(({ classCode }) => classCode))]
        const attributes =
          0x80 + (active?.selfPowered ? 0x40 : 0) + (active?.remoteWakeup ? 0x20 : 0)
        const [major, minor] = found.deviceVersion.split('.')
        expect(
          {
            idVendor: found.vendorId,
            idProduct: found.productId,
            bcdDevice: `${major?.padStart(2, '0')}${minor}`,
            bDeviceClass: found.classCode.slice(0, 2),
            bDeviceSubClass: found.classCode.slice(2, 4),
            bDeviceProtocol: found.classCode.slice(4),
            bMaxPacketSize0: String(found.maxPacketSize0),
            bNumConfigurations: String(found.configurationCount),
            bNumInterfaces: String(new Set(active?.interfaces.map((one) => one.number)).size),
            bmAttributes: attributes.toString(16),
            version: found.usbVersion,
            interfaces: `:${classes.join(':')}:`,
          },
          `${name} ${path}`,
        ).toEqual({
          ...only(expected, [
            'idVendor',
            'idProduct',
            'bcdDevice',
            'bDeviceClass',
            'bDeviceSubClass',
            'bDeviceProtocol',
            'bMaxPacketSize0',
            'bNumConfigurations',
            'bNumInterfaces',
            'bmAttributes',
            'version',
          ]),
          interfaces: udev['ID_USB_INTERFACES'],
        })
        const milliamperes = Math.round((active?.maxPowerAmperes ?? 0) * 1000)
        expect(`${milliamperes}mA`, `${name} ${path}`).toBe(expected['bMaxPower'])
        devices++
      }
    }
    expect(devices).toBe(18)
  })
})

function only(fields: Readonly<Record<string, string>>, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, fields[name]]))
}
