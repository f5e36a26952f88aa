import { u16le, u32le, u8 } from '../integers.ts'

/** What the device statistics log tells of how a disk is; null: that disk does not keep it. */
export interface DeviceStatistics {
  readonly powerOnHours: number | null
  readonly powerCycleCount: number | null
  readonly writtenSectors: number | null
  readonly readSectors: number | null
  readonly uncorrectableErrorCount: number | null
  readonly temperatureCelsius: number | null
  readonly usedRatio: number | null
}

/** Pages that {@link decodeDeviceStatistics} reads: general, general errors, temperature, SSD. */
export const statisticsPages = [1, 4, 5, 7] as const

/** Numbers of the pages that the disk has: page 0, ACS-5 §9.5.2. */
export function decodeStatisticsList(page: Uint8Array): readonly number[] {
  const count = Math.min(page[8] ?? 0, page.length - 9)
  return count <= 0 ? [] : [...page.subarray(9, 9 + count)]
}

/** Device statistics, ACS-5 §9.5, by page number. Bit 63 of each: supported; bit 62: valid now. */
export function decodeDeviceStatistics(pages: ReadonlyMap<number, Uint8Array>): DeviceStatistics {
  const read = (page: number, offset: number, decode: (bytes: Uint8Array) => number) => {
    const sector = pages.get(page)
    if (sector === undefined || sector.length !== 512 || u8(sector, 2) !== page) return null
    const entry = sector.subarray(offset, offset + 8)
    return u8(entry, 7) >> 6 === 3 ? decode(entry) : null
  }
  const six = (entry: Uint8Array) => u32le(entry, 0) + u16le(entry, 4) * 2 ** 32
  const four = (entry: Uint8Array) => u32le(entry, 0)
  return {
    powerCycleCount: read(1, 8, four),
    powerOnHours: read(1, 16, four),
    writtenSectors: read(1, 24, six),
    readSectors: read(1, 40, six),
    uncorrectableErrorCount: read(4, 8, four),
    temperatureCelsius: read(5, 8, (entry) => (u8(entry, 0) << 24) >> 24),
    usedRatio: read(7, 8, (entry) => u8(entry, 0) / 100),
  }
}
