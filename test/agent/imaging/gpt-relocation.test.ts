import { execFileSync } from 'node:child_process'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { relocateGpt } from '../../../agent/imaging/gpt-relocation.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import { decodeGpt, decodeGptHeader, withEntries } from '../../../protocol/gpt.ts'
import { makeGpt, mib, temporaryDirectory, usualDisk } from './fixtures.ts'

const blockSizes = fc.constantFrom(512, 4096)

describe('relocateGpt', () => {
  test('keeps every partition and uses the whole disk, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 64 }),
        fc.integer({ min: 0, max: 2 ** 33 }),
        blockSizes,
        (imageMib, moreBlocks, blockSize) => {
          const spec = usualDisk(imageMib * mib, blockSize)
          const { head } = makeGpt(spec)
          const diskSize = spec.sizeBytes + moreBlocks * blockSize
          const lastLba = diskSize / blockSize - 1
          const moved = relocateGpt(head, blockSize, diskSize)
          const first = decodeGpt(moved.head, blockSize)
          const entrySectors = Math.ceil(16_384 / blockSize)
          const backupHeader = decodeGptHeader(moved.backup.subarray(entrySectors * blockSize))
          expect(first?.facts.partitions).toEqual(decodeGpt(head, blockSize)?.facts.partitions)
          expect(first?.header).toMatchObject({
            myLba: 1,
            alternateLba: lastLba,
            lastUsableLba: lastLba - entrySectors - 1,
          })
          expect(moved.backupOffsetBytes + moved.backup.length).toBe(diskSize)
          expect(backupHeader).toMatchObject({
            myLba: lastLba,
            alternateLba: 1,
            entriesLba: moved.backupOffsetBytes / blockSize,
          })
          if (backupHeader === null) throw new Error('no backup header')
          const entries = moved.backup.subarray(0, 16_384)
          expect(withEntries(backupHeader, entries).facts).toEqual(first?.facts)
        },
      ),
    )
  })

  test('makes what sgdisk finds no fault with, and the unmoved table is one it does', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'disk')
    const verify = () => execFileSync('sgdisk', ['-v', file], { encoding: 'utf8', stdio: 'pipe' })
    for (const moreMib of [0, 1, 7, 100, 5000]) {
      const spec = usualDisk(16 * mib)
      const { head } = makeGpt(spec)
      const diskSize = spec.sizeBytes + moreMib * mib
      const moved = relocateGpt(head, 512, diskSize)
      await using handle = await open(file, 'w+')
      await handle.truncate(diskSize)
      await handle.write(head, 0, head.length, 0)
      if (moreMib > 0) expect(verify()).not.toMatch(/No problems found/)
      await handle.write(moved.head, 0, moved.head.length, 0)
      await handle.write(moved.backup, 0, moved.backup.length, moved.backupOffsetBytes)
      expect(verify()).toMatch(/No problems found/)
    }
  })

  test('gives back the same bytes when the disk has the size of the image', () => {
    const spec = usualDisk(16 * mib)
    const { head, tail } = makeGpt(spec)
    const moved = relocateGpt(head, 512, spec.sizeBytes)
    expect(Buffer.compare(moved.head, head)).toBe(0)
    expect(Buffer.compare(moved.backup, tail)).toBe(0)
  })

  test('leaves a hybrid MBR alone', () => {
    const { head } = makeGpt(usualDisk(16 * mib))
    head[466] = 0x0c
    const moved = relocateGpt(head, 512, 32 * mib)
    expect(moved.head.subarray(446, 512)).toEqual(head.subarray(446, 512))
  })

  test('refuses a disk whose end holds partitions, and a head without GPT', () => {
    const { head } = makeGpt(usualDisk(16 * mib))
    expect(() => relocateGpt(head, 512, 16 * mib - 512)).toThrow(/no room for a backup GPT$/)
    expect(() => relocateGpt(new Uint8Array(mib), 512, 32 * mib)).toThrow(/has no GPT to move$/)
  })
})

describe('decodeGpt', () => {
  test('answers or throws DecodeError for any bytes behind the magic', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1024, maxLength: 4096 }), (bytes) => {
        bytes.set(new TextEncoder().encode('EFI PART'), 512)
        expectAnswer(() => decodeGpt(bytes, 512))
      }),
    )
  })

  test('notices every flipped bit of header and entries', () => {
    const { head } = makeGpt(usualDisk(16 * mib))
    fc.assert(
      fc.property(fc.integer({ min: 512, max: 512 + 91 }), fc.nat(7), (at, bit) => {
        const damaged = new Uint8Array(head)
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
        if (at < 520) expect(decodeGpt(damaged, 512)).toBeNull()
        else expect(() => decodeGpt(damaged, 512)).toThrow(DecodeError)
      }),
    )
    const damaged = new Uint8Array(head)
    damaged[1024 + 128 * 50] = 1
    expect(() => decodeGpt(damaged, 512)).toThrow(/entries do not match their checksum$/)
  })
})

function expectAnswer(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
}
