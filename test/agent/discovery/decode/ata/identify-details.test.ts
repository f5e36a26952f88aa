import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeAtaIdentifyFile } from '../../../../../agent/discovery/decode/ata/file.ts'
import { ataIdentifyFile } from '../../../../../protocol/facts/ata-details.ts'

/** IDENTIFY DEVICE data with these words. */
function identify(words: Readonly<Record<number, number>>): Uint8Array {
  const bytes = new Uint8Array(512)
  const view = new DataView(bytes.buffer)
  for (const [at, word] of Object.entries({ 27: 0x4142, ...words })) {
    view.setUint16(Number(at) * 2, word, true)
  }
  return bytes
}

const details = (words: Readonly<Record<number, number>>) =>
  ataIdentifyFile.parse(decodeAtaIdentifyFile(identify(words))).details

const featureNames = (words: Readonly<Record<number, number>>) =>
  details(words).features.map(({ name, enabled }) => `${name}${enabled ? '' : ' off'}`)

test('details of a disk are as hdparm -I reads them', () => {
  const older = { 20: 3, 21: 0x4000, 47: 0x8010, 53: 7, 59: 0x0110, 63: 0x0407, 64: 3, 65: 120 }
  const more = { 66: 120, 67: 120, 68: 120, 80: 0x01f0, 81: 0x29, 82: 2, 83: 0x4008, 84: 0x4000 }
  const last = {
    86: 8,
    88: 0x207f,
    91: 0x40fe,
    92: 0xfffe,
    94: 0x80fe,
    105: 8,
    169: 1,
    222: 0x103f,
  }
  const words = { ...older, ...more, ...last }
  expect(details(words)).toMatchObject({
    removableMedium: false,
    transport: 'SATA 3.0',
    standards: ['ATA/ATAPI-4', 'ATA/ATAPI-5', 'ATA/ATAPI-6', 'ATA/ATAPI-7', 'ATA8-ACS'],
    minorVersion: '0029',
    bufferSizeBytes: 8 * 2 ** 20,
    maximumMultipleSectors: 16,
    multipleSectors: 16,
    transferModes: {
      multiwordDma: [0, 1, 2],
      ultraDma: [0, 1, 2, 3, 4, 5, 6],
      pio: [0, 1, 2, 3, 4],
      selected: 'udma5',
    },
    cycleTimesNanoseconds: {
      multiwordDma: 120,
      recommendedMultiwordDma: 120,
      pio: 120,
      pioWithFlowControl: 120,
    },
    advancedPowerManagementLevel: 0xfe,
    acousticManagement: { recommended: 0x80, current: 0xfe },
    masterPasswordRevision: 0xfffe,
    maximumTrimBlocks: 8,
  })
})

test('details that are not told are null', () => {
  expect(details({ 59: 0x10, 91: 0xfe, 92: 0xfffe, 105: 8 })).toMatchObject({
    transport: null,
    standards: [],
    minorVersion: null,
    bufferSizeBytes: null,
    multipleSectors: null,
    transferModes: { multiwordDma: [], ultraDma: [], pio: [], selected: null },
    advancedPowerManagementLevel: null,
    acousticManagement: null,
    masterPasswordRevision: null,
    maximumTrimBlocks: null,
    features: [],
  })
})

test('features are named where the marks of their words say that they are told', () => {
  expect(featureNames({ 82: 0x4021, 83: 0x4400, 85: 0x4001, 86: 0x0400 })).toEqual([
    'smart',
    'write-cache off',
    'nop',
    '48-bit-address',
  ])
  expect(featureNames({ 82: 0x4021, 83: 0x8400, 85: 0x4001 })).toEqual([])
  expect(featureNames({ 84: 0x4020, 87: 0x4020 })).toEqual(['general-purpose-logging'])
  expect(featureNames({ 84: 0x4020, 87: 0x0020 })).toEqual([])
  expect(featureNames({ 86: 0x8000, 119: 0x4010, 120: 0x4000 })).toEqual([
    'segmented-download-microcode off',
  ])
  expect(featureNames({ 119: 0x4010, 120: 0x4000 })).toEqual([])
  expect(featureNames({ 76: 0x0106, 78: 0x0048, 79: 0x0040 })).toEqual([
    'native-command-queuing',
    'device-initiated-power-management off',
    'software-settings-preservation',
  ])
  expect(featureNames({ 206: 0x003c })).toEqual([])
  expect(featureNames({ 206: 0x0025 })).toEqual([
    'sct-command-transport',
    'sct-write-same',
    'sct-data-tables',
  ])
  expect(featureNames({ 59: 0x9000 })).toEqual(['sanitize', 'block-erase-ext'])
})

test('any words give facts of their schema', () => {
  const words = fc.uint8Array({ minLength: 512, maxLength: 512 })
  fc.assert(
    fc.property(words, (bytes) => {
      bytes[0] = 1
      expect(ataIdentifyFile.safeParse(decodeAtaIdentifyFile(bytes)).success).toBe(true)
    }),
  )
})
