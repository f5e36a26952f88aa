import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePciConfig } from '../../../../../agent/discovery/decode/pci/config.ts'
import { linkFromSysfs } from '../../../../../agent/discovery/decode/pci/express.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'

/** A type 0 header with a capability list from 0x40 on. */
function header(size: number, capabilities: readonly (readonly number[])[] = []): Uint8Array {
  const config = new Uint8Array(size)
  config.set([0x86, 0x80, 0x33, 0x15, 0, 0, 0x10, 0, 3, 0, 0, 2], 0)
  config.set([0xd9, 0x15, 0x34, 0x12], 0x2c)
  config[0x34] = capabilities[0]?.[0] ?? 0
  for (const [offset = 0, ...content] of capabilities) config.set(content, offset)
  return config
}

test('config space of 64 bytes gives the identity and no capabilities', () => {
  expect(decodePciConfig(header(64, [[0x3c]]))).toEqual({
    vendorId: '8086',
    deviceId: '1533',
    classCode: '020000',
    revision: '03',
    headerType: 0,
    multifunction: false,
    subsystem: { vendorId: '15d9', deviceId: '1234' },
    bridge: null,
    capabilities: [],
    extendedCapabilities: [],
    link: null,
    issues: [],
  })
})

test('capability list that loops is read once and reported', () => {
  const { capabilities, issues } = decodePciConfig(
    header(256, [
      [0x40, 0x01, 0x50],
      [0x50, 0x05, 0x40],
    ]),
  )
  expect(capabilities.map(({ id }) => id)).toEqual(['01', '05'])
  expect(issues).toEqual(['capability list loops at 0x40'])
})

test('capability list that leads into the header or to missing bytes is cut and reported', () => {
  expect(decodePciConfig(header(256, [[0x40, 0x01, 0x10]])).issues).toEqual([
    'capability at 0x10 inside the header',
  ])
  expect(decodePciConfig(header(256, [[0x40, 0xff, 0xff]])).issues).toEqual([
    'capability list broken at 0x40',
  ])
})

test('extended capability list that loops is read once and reported', () => {
  const config = header(4096, [[0x40, 0x10, 0, 2, 0]])
  config.set([1, 0, 2, 0x14], 0x100)
  config.set([3, 0, 1, 0x10], 0x140)
  const { extendedCapabilities, issues } = decodePciConfig(config)
  expect(extendedCapabilities).toEqual([
    { id: '0001', offset: 0x100, version: 2 },
    { id: '0003', offset: 0x140, version: 1 },
  ])
  expect(issues).toEqual(['extended capability list loops at 0x100'])
})

test('link of the kernel attributes is read, and null where the kernel knows none', () => {
  const known = { maxSpeed: '16.0 GT/s PCIe', speed: '8 GT/s', maxWidth: '16', width: '4' }
  expect(linkFromSysfs(known)).toEqual({
    maxSpeedGtPerS: 16,
    speedGtPerS: 8,
    maxLaneWidth: 16,
    laneWidth: 4,
  })
  expect(linkFromSysfs({ ...known, speed: 'Unknown', width: '0' })?.speedGtPerS).toBeNull()
  expect(linkFromSysfs({ ...known, maxWidth: '255' })).toBeNull()
  expect(linkFromSysfs({ maxSpeed: null, speed: null, maxWidth: null, width: null })).toBeNull()
})

test('any bytes give an answer or a DecodeError', () => {
  const config = fc
    .constantFrom(0, 63, 64, 100, 256, 300, 4096)
    .chain((size) =>
      fc.tuple(
        fc.constant(size),
        fc.uint8Array({ minLength: Math.min(size, 256), maxLength: Math.min(size, 256) }),
        fc.array(fc.tuple(fc.nat(4095), fc.nat(255)), { maxLength: 40 }),
      ),
    )
  fc.assert(
    fc.property(config, ([size, head, patches]) => {
      const bytes = new Uint8Array(size)
      bytes.set(head)
      for (const [at, value] of patches) if (at < size) bytes[at] = value
      try {
        const { capabilities, extendedCapabilities } = decodePciConfig(bytes)
        expect(capabilities.length).toBeLessThanOrEqual(48)
        expect(extendedCapabilities.length).toBeLessThanOrEqual(960)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
  )
})
