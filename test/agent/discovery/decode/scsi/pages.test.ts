import { expect, test } from 'vitest'
import {
  decodeHealthPages,
  decodeLogPage,
  decodeLogPageList,
} from '../../../../../agent/discovery/decode/scsi/log-pages.ts'
import { decodeScsiVpdFile } from '../../../../../agent/discovery/decode/scsi/vpd-page.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'

function page(code: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([0, code, body.length >> 8, body.length & 0xff, ...body])
}

const zeros = (count: number) => Array.from({ length: count }, () => 0)

test('block limits are told, and 0 is no limit', () => {
  const body = [0, 0, 0, 8, 0, 0, 8, 0, 0, 0, 1, 0, ...zeros(4), 0, 0x3f, 0xff, 0xc0, 0, 0, 0, 1]
  const rest = [0, 0, 0, 8, 0x80, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0]
  expect(decodeScsiVpdFile(page(0xb0, [...body, ...rest])).page).toMatchObject({
    kind: 'block-limits',
    optimalGranularityBlocks: 8,
    maximumTransferBlocks: 0x800,
    optimalTransferBlocks: 0x100,
    maximumPrefetchBlocks: null,
    maximumUnmapBlocks: 0x3fffc0,
    maximumUnmapDescriptors: 1,
    optimalUnmapBlocks: 8,
    unmapAlignmentBlocks: 4,
    maximumWriteSameBlocks: 2 ** 32,
    maximumAtomicBlocks: null,
  })
})

test('characteristics tell rotation, form factor and zones, also of a short page', () => {
  expect(decodeScsiVpdFile(page(0xb1, [0x1c, 0x20, 0, 2, 0x10])).page).toMatchObject({
    rotationRpm: 7200,
    formFactor: '3.5"',
    zoned: 'host-aware',
  })
  expect(decodeScsiVpdFile(page(0xb1, [0, 1, 0, 3])).page).toMatchObject({
    rotationRpm: 0,
    formFactor: '2.5"',
    zoned: null,
  })
})

test('provisioning tells what unmapping does', () => {
  expect(decodeScsiVpdFile(page(0xb2, [0, 0xe4, 2, 0])).page).toEqual({
    kind: 'provisioning',
    provisioningType: 'thin',
    unmap: true,
    writeSame16Unmaps: true,
    writeSame10Unmaps: true,
    unmappedReads: 'zeros',
    anchors: false,
    thresholdExponent: null,
  })
})

test('identification keeps every designator with what it names', () => {
  const naa = [0x61, 0x93, 0, 8, 0x50, 0, 0xc5, 0, 0x11, 0x22, 0x33, 0x44]
  const name = [0x53, 0x28, 0, 4, ...new TextEncoder().encode('iqn.')]
  const read = decodeScsiVpdFile(page(0x83, [...naa, ...name]))
  expect(read).toMatchObject({ code: '83', deviceType: 'disk' })
  expect(read.page).toMatchObject({
    wwn: null,
    designators: [
      { association: 'target-port', type: 'naa', protocol: 'sas', hex: '5000c50011223344' },
      { association: 'target-device', type: 'name-string', protocol: null, text: 'iqn.' },
    ],
  })
})

test('page that is cut, and text that is no dump, is refused', () => {
  expect(() => decodeScsiVpdFile(page(0xb0, zeros(60)).subarray(0, 30))).toThrow(DecodeError)
  expect(() => decodeScsiVpdFile(new TextEncoder().encode('no dump at all'))).toThrow(DecodeError)
  const text = new TextEncoder().encode(
    ' 00     00 b2 00 04 00 e4 02 00                     ........\n',
  )
  expect(decodeScsiVpdFile(text).page).toMatchObject({ provisioningType: 'thin' })
})

/** A log page of parameters with a code and bytes. */
function log(code: number, parameters: readonly (readonly [number, readonly number[]])[]) {
  const body = parameters.flatMap(([number, bytes]) => [
    number >> 8,
    number & 0xff,
    0,
    bytes.length,
    ...bytes,
  ])
  return Uint8Array.from([code, 0, body.length >> 8, body.length & 0xff, ...body])
}

test('log pages come to health, wear and errors; pages that are not there tell nothing', () => {
  const pages = new Map([
    [
      0x02,
      log(0x02, [
        [5, [0, 0, 1, 0, 0, 0, 0, 0]],
        [6, [0, 2]],
      ]),
    ],
    [
      0x03,
      log(0x03, [
        [5, [2, 0]],
        [6, [1]],
      ]),
    ],
    [
      0x0d,
      log(0x0d, [
        [0, [0, 38]],
        [1, [0, 60]],
      ]),
    ],
    [0x0e, log(0x0e, [[4, [0, 0, 0, 21]]])],
    [0x11, log(0x11, [[1, [0, 0, 0, 92]]])],
    [0x15, log(0x15, [[0, [0, 1, 0xd4, 0xc0, ...zeros(8)]]])],
    [0x2f, log(0x2f, [[0, [0x5d, 0x10, 38, 0]]])],
  ])
  expect(decodeHealthPages(pages)).toEqual({
    healthy: false,
    temperatureCelsius: 38,
    powerOnHours: 2000,
    startCount: 21,
    usedRatio: 0.92,
    uncorrectedCount: 3,
    readBytes: 512,
    writtenBytes: 2 ** 40,
  })
  const none = Object.values(decodeHealthPages(new Map()))
  expect(none.every((reading) => reading === null)).toBe(true)
})

test('list of log pages is what the device has; another page than asked for is refused', () => {
  expect([...decodeLogPageList(Uint8Array.from([0, 0, 0, 3, 0, 2, 0x2f, 9]))]).toEqual([0, 2, 0x2f])
  expect(() => decodeLogPage(Uint8Array.from([2, 0, 0, 0]), 3)).toThrow(DecodeError)
  // What the answer had no room for is left out.
  expect(
    decodeLogPage(
      log(2, [
        [0, [1]],
        [1, [2, 3]],
      ]).subarray(0, 12),
      2,
    ),
  ).toHaveLength(1)
})
