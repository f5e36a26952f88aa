import { expect, test } from 'vitest'
import { decodeScsiVpdFile } from '../../../../../agent/discovery/decode/scsi/vpd-page.ts'
import { scsiVpdPage } from '../../../../../protocol/facts/scsi.ts'

function page(code: number, hex: string) {
  const body = Uint8Array.fromHex(hex.replaceAll(' ', ''))
  const bytes = Uint8Array.from([0, code, body.length >> 8, body.length & 0xff, ...body])
  return scsiVpdPage.parse(decodeScsiVpdFile(bytes)).page
}

test('extended inquiry tells protection, tasks, caches and the length of the self-test', () => {
  expect(page(0x86, '4f 07 09 10 08 00 0078 40 fc')).toEqual({
    kind: 'extended-inquiry',
    activateMicrocode: 1,
    protectionTypes: [1, 2],
    features: [
      'guard-check',
      'application-tag-check',
      'reference-tag-check',
      'head-of-queue',
      'ordered',
      'simple',
      'write-uncorrectable',
      'volatile-cache',
      'protection-interval',
      'revert-to-defaults',
      'hard-reset-activation',
    ],
    extendedSelfTestMinutes: 120,
    maximumSenseBytes: 0xfc,
  })
})

test('extended inquiry of an old device tells nothing of what it does not have', () => {
  expect(page(0x86, '00 01')).toMatchObject({
    features: ['simple'],
    extendedSelfTestMinutes: null,
    maximumSenseBytes: null,
  })
})

test('block limits extension tells streams and scattered writes, 0 is not told', () => {
  const streams = '0000 0008 0100 00000010'
  expect(page(0xb7, `${streams} 0000 00001000 0000 0080 00002000`)).toEqual({
    kind: 'block-limits-extension',
    maximumStreams: 8,
    optimalStreamWriteBlocks: 256,
    streamGranularity: 16,
    maximumScatteredRangeBlocks: 4096,
    maximumScatteredRanges: 128,
    maximumScatteredBlocks: 8192,
  })
  expect(page(0xb7, streams)).toMatchObject({
    maximumStreams: 8,
    maximumScatteredRangeBlocks: null,
    maximumScatteredBlocks: null,
  })
})
