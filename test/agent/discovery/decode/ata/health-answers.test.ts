import { expect, test } from 'vitest'
import {
  decodeDeviceStatistics,
  decodeStatisticsList,
} from '../../../../../agent/discovery/decode/ata/device-statistics.ts'
import { decodeSmartStatus } from '../../../../../agent/discovery/decode/ata/smart-status.ts'

const supportedAndValid = 0xc0

function page(number: number, entries: Readonly<Record<number, readonly number[]>>, flags: number) {
  const bytes = new Uint8Array(512)
  bytes[2] = number
  for (const [offset, values] of Object.entries(entries)) {
    bytes.set(values, Number(offset))
    bytes[Number(offset) + 7] = flags
  }
  return bytes
}

test('device statistics are told where the disk says that they are supported and valid', () => {
  const general = { 8: [12], 16: [0x10, 0x27], 24: [0, 0, 0, 0, 2, 0], 40: [5] }
  const pages = new Map([
    [1, page(1, general, supportedAndValid)],
    [4, page(4, { 8: [9] }, 0x80)],
    [5, page(5, { 8: [0xfb] }, supportedAndValid)],
    [7, page(7, { 8: [104] }, supportedAndValid)],
  ])
  expect(decodeDeviceStatistics(pages)).toEqual({
    powerCycleCount: 12,
    powerOnHours: 10_000,
    writtenSectors: 2 ** 33,
    readSectors: 5,
    uncorrectableErrorCount: null,
    temperatureCelsius: -5,
    usedRatio: 1.04,
  })
})

test('page that is another one, or none, tells nothing', () => {
  const wrong = new Map([[1, page(3, { 8: [12] }, supportedAndValid)]])
  const readings = [decodeDeviceStatistics(wrong), decodeDeviceStatistics(new Map())]
  expect(readings.flatMap((one) => Object.values(one)).every((one) => one === null)).toBe(true)
  expect(decodeStatisticsList(page(0, { 8: [3, 1, 4, 7] }, 0))).toEqual([1, 4, 7])
  expect(decodeStatisticsList(new Uint8Array(0))).toEqual([])
})

test.each([
  ['passes, by a descriptor', '7201001d0000000e090c000000000000004f00c24050', true],
  ['fails, by a descriptor', '7201001d0000000e090c00000000000000f4002c4050', false],
  ['passes, in fixed format', '700001000050000a00004fc2000000001d', true],
  ['fails, in fixed format', '700001000050000a0000f42c000000001d', false],
  ['is not told', '70000100005000', null],
  ['is not told by a descriptor of another kind', '7201001d00000004000200000000', null],
  ['is not told by nothing', '', null],
])('SMART status %s', (_, sense, healthy) => {
  expect(decodeSmartStatus(Uint8Array.fromHex(sense))).toBe(healthy)
})
