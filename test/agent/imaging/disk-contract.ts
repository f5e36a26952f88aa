import { expect, test } from 'vitest'
import { alignedBuffer, readRange, writeProven, zeroProven } from '../../../agent/imaging/disk.ts'
import type { Disk } from '../../../agent/imaging/disk.ts'
import { mib, noise } from './fixtures.ts'

/** What every disk keeps to. `open` gives a fresh disk of 8 MiB whose content is not zero. */
export function describeDisk(open: () => Promise<Disk>): void {
  test('reads back what was written, at both ends and across pieces', async () => {
    await using disk = await open()
    const size = 3 * mib
    for (const offset of [0, mib + disk.logicalBlockSizeBytes, disk.sizeBytes - size]) {
      const bytes = alignedBuffer(size)
      bytes.set(noise(size, offset + 1))
      await writeProven(disk, offset, bytes)
      expect(Buffer.compare(await readRange(disk, offset, size), bytes)).toBe(0)
    }
  })

  test('zeroes what it is told to and nothing beside it', async () => {
    await using disk = await open()
    const bytes = alignedBuffer(disk.sizeBytes)
    bytes.set(noise(disk.sizeBytes, 1))
    await disk.write(0, bytes)
    await zeroProven(disk, mib, 3 * mib)
    const found = await readRange(disk, 0, disk.sizeBytes)
    expect(found.subarray(mib, 4 * mib).every((byte) => byte === 0)).toBe(true)
    expect(Buffer.compare(found.subarray(0, mib), bytes.subarray(0, mib))).toBe(0)
    expect(Buffer.compare(found.subarray(4 * mib), bytes.subarray(4 * mib))).toBe(0)
  })

  test('refuses what is not aligned or outside', async () => {
    await using disk = await open()
    const sector = disk.logicalBlockSizeBytes
    const buffer = alignedBuffer(2 * sector)
    await expect(disk.read(1, buffer)).rejects.toThrow(/offset 1 is no multiple/)
    await expect(disk.write(0, buffer.subarray(0, 100))).rejects.toThrow(/length 100/)
    await expect(disk.write(0, buffer.subarray(1, sector + 1))).rejects.toThrow(/buffer address/)
    await expect(disk.write(disk.sizeBytes - sector, buffer)).rejects.toThrow(/is outside disk/)
    await expect(disk.zero(disk.sizeBytes, sector)).rejects.toThrow(/is outside disk/)
  })

  test('says what it is', async () => {
    await using disk = await open()
    const { sizeBytes, logicalBlockSizeBytes } = disk
    expect(await disk.identity()).toMatchObject({ sizeBytes, logicalBlockSizeBytes })
    expect(sizeBytes).toBe(8 * mib)
  })
}
