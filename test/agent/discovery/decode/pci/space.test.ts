import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePciFile } from '../../../../../agent/discovery/decode/pci/file.ts'
import { decodePciSpace } from '../../../../../agent/discovery/decode/pci/space.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'
import { pciConfigFile, pciConfigSpace } from '../../../../../protocol/facts/pci-config.ts'
import { expressEndpoint, madeSpace, type Patch, word } from './made-space.ts'

/** Fields of the capability `id` in a space of these capabilities. */
function fieldsOf(id: string, ...patches: readonly Patch[]) {
  const space = pciConfigSpace.parse(decodePciSpace(madeSpace(patches), null))
  const all = [...space.capabilities, ...space.extendedCapabilities]
  return all.find((one) => one.id === id)?.fields
}

test('express capability tells port, payload and link, and what the function can do', () => {
  expect(fieldsOf('10', expressEndpoint)).toMatchObject({
    capabilities: { version: 2, portType: 'endpoint', slotImplemented: false },
    deviceCapabilities: { maximumPayloadBytes: 512, functionLevelReset: true },
    deviceControl: { payloadBytes: 256, readRequestBytes: 512 },
    linkCapabilities: { maximumSpeedGtPerS: 32, maximumLaneWidth: 16 },
    linkStatus: { speedGtPerS: 16, laneWidth: 8 },
  })
})

test('a function without a link has no link registers, and one of version 1 no second half', () => {
  const integrated: Patch = [0x40, 0x10, 0, 0x91, 0]
  const fields = fieldsOf('10', integrated)
  expect(fields).not.toHaveProperty('linkCapabilities')
  expect(fields).not.toHaveProperty('deviceCapabilities2')
  expect(fields).toHaveProperty('deviceCapabilities')
})

test('slot power above 239 W goes in steps of 25 W, and is null above 600 W', () => {
  const port = (power: number): Patch => [
    0x40,
    0x10,
    0,
    0x42,
    1,
    ...Array<number>(16).fill(0),
    ...word(power << 7),
  ]
  const limit = (power: number) => fieldsOf('10', port(power))?.['slotCapabilities']
  expect(limit(75)).toMatchObject({ powerLimitWatts: 75 })
  expect(limit(0xf2)).toMatchObject({ powerLimitWatts: 300 })
  expect(limit(0xff)).toMatchObject({ powerLimitWatts: null })
})

test('error registers tell errors by name', () => {
  const status = [...word(1 << 20), ...word(0), ...word(1 << 4), ...word(0x41), ...word(1 << 13)]
  expect(fieldsOf('0001', expressEndpoint, [0x100, 1, 0, 0, 0, ...status])).toMatchObject({
    uncorrectableStatus: ['unsupported-request'],
    uncorrectableSeverity: ['data-link-protocol'],
    correctableStatus: ['receiver', 'bad-tlp'],
    correctableMask: ['advisory-non-fatal'],
  })
})

test('resizable base addresses tell their sizes, of both registers', () => {
  const register = [...word(0b1_0000_0000 << 4), ...word(1 | (1 << 5) | (8 << 8) | (1 << 16))]
  expect(fieldsOf('0015', expressEndpoint, [0x100, 0x15, 0, 0, 0, ...register])).toEqual({
    barCount: 1,
    bars: [
      {
        baseAddressIndex: 1,
        sizeBytes: 2 ** 28,
        supportedSizesBytes: [2 ** 28, 2 ** 48],
      },
    ],
  })
})

test('CXL device tells its protocols', () => {
  const head = [...word(0x1e98 | (1 << 16) | (0x38 << 20)), 0, 0, 0b1_0110, 0, 0b10, 0]
  const cxl = fieldsOf('0023', expressEndpoint, [0x100, 0x23, 0, 0, 0, ...head])?.['cxl']
  expect(cxl).toMatchObject({
    kind: 'device',
    capability: { cache: false, io: true, memory: true, rangeCount: 1 },
    control: { io: true, memory: false },
  })
})

test('encryption streams are read as far as their counts go', () => {
  const capability = word(0b11 | (1 << 13) | (1 << 16))
  const link = [...word(1 | (5 << 24)), ...word(2)]
  const head = [...capability, ...word(0), ...link, ...link]
  const fields = fieldsOf('0030', expressEndpoint, [0x100, 0x30, 0, 0, 0, ...head])
  expect(fields).toMatchObject({ linkStreamCount: 2, selectiveStreamCount: 2 })
  expect(fields?.['linkStreams']).toMatchObject([
    { enabled: true, id: 5, state: 'secure' },
    { enabled: true, id: 5, state: 'secure' },
  ])
  expect(fields?.['selectiveStreams']).toHaveLength(2)
})

test('capability of no known kind keeps the word behind its head', () => {
  expect(fieldsOf('77', [0x40, 0x77, 0, 0x34, 0x12])).toEqual({ word: '1234' })
})

test('64 bytes give the header and no capabilities', () => {
  const space = decodePciSpace(madeSpace([expressEndpoint], { size: 64 }), null)
  expect(space).toMatchObject({
    capabilities: [],
    extendedCapabilities: [],
    command: ['memory', 'bus-master'],
  })
})

test('bridge tells its buses and the windows it passes on', () => {
  const config = madeSpace([], { headerType: 1 })
  config.set([0, 2, 5, 0], 0x18)
  config.set([0xf0, 0x00], 0x1c)
  config.set([0x00, 0xc0, 0xf0, 0xcf, 0x01, 0x00, 0xf1, 0x0f, 0x80], 0x20)
  config.set([0x80, 0, 0, 0], 0x2c)
  expect(decodePciSpace(config, null).bridge).toMatchObject({
    secondaryBus: 2,
    subordinateBus: 5,
    windows: [
      { kind: 'io', base: '0xf000', limit: '0xfff', widthBits: 16 },
      { kind: 'memory', base: '0xc0000000', limit: '0xcfffffff', widthBits: 32 },
      { kind: 'prefetchable-memory', base: '0x8000000000', limit: '0x800fffffff', widthBits: 64 },
    ],
  })
})

test('a dump of several functions gives each with its address, of domains of any length', () => {
  const rows = (first: string) =>
    Array.from({ length: 4 }, (_, index) => {
      const bytes = index === 0 ? `${first} ${'00 '.repeat(14)}` : '00 '.repeat(16)
      return `${(index * 16).toString(16).padStart(2, '0')}: ${bytes.trim()}`
    }).join('\n')
  const text = `01:00.0 Ethernet\n${rows('86 80')}\n\n0001a2b3:02:1f.7 Bridge\n${rows('de 10')}\n`
  const { functions } = pciConfigFile.parse(decodePciFile(new TextEncoder().encode(text)))
  expect(functions.map(({ address, vendorId }) => [address, vendorId])).toEqual([
    ['0000:01:00.0', '8086'],
    ['0001a2b3:02:1f.7', '10de'],
  ])
})

/** A space whose lists hold any capabilities with any content. */
const anySpace = fc
  .record({
    headerType: fc.constantFrom(0, 1, 2, 0x7f),
    vendor: fc.constantFrom(0x8086, 0x1af4, 0x10de),
    size: fc.constantFrom(64, 128, 256, 300, 4096),
    classic: fc.array(
      fc.tuple(fc.integer({ min: 0, max: 0x16 }), fc.uint8Array({ maxLength: 60 })),
      { maxLength: 6 },
    ),
    extended: fc.array(
      fc.tuple(fc.integer({ min: 0, max: 0x37 }), fc.uint8Array({ maxLength: 300 })),
      { maxLength: 8 },
    ),
  })
  .map(({ headerType, vendor, size, classic, extended }) => {
    const patches: readonly Patch[] = [
      ...(classic.length === 0 ? [] : [expressEndpoint]),
      ...classic.map(([id, content], index): Patch => [
        0x60 + index * 0x18,
        id,
        0,
        ...content.slice(0, 0x16),
      ]),
      ...extended.map(([id, content], index): Patch => [
        0x100 + index * 0x180,
        id,
        0,
        0,
        0,
        ...content,
      ]),
    ]
    return madeSpace(patches, { headerType, vendor }).slice(0, size)
  })

test('any capabilities with any content give what the schema holds', () => {
  fc.assert(
    fc.property(anySpace, (config) => {
      pciConfigSpace.parse(decodePciSpace(config, null))
    }),
    { numRuns: 500 },
  )
})

test('any file gives functions or a DecodeError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 5000 }), anySpace), (file) => {
      try {
        pciConfigFile.parse(decodePciFile(file))
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
  )
})
