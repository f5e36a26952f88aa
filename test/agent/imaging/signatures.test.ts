import { execFileSync } from 'node:child_process'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeContents, headReadBytes } from '../../../agent/imaging/signatures.ts'
import { makeGpt, mib, temporaryDirectory, usualDisk } from './fixtures.ts'

const sizeBytes = 64 * mib

/** Contents of a whole disk image. */
function contents(disk: Uint8Array, logicalBlockSizeBytes: 512 | 4096 = 512) {
  return decodeContents({
    head: disk.subarray(0, headReadBytes),
    tail: disk.subarray(disk.length - mib),
    sizeBytes: disk.length,
    logicalBlockSizeBytes,
  })
}

/** A disk with some bytes at one place; a negative place counts from the end. */
function diskWith(offset: number, bytes: string | readonly number[]): Uint8Array {
  const disk = new Uint8Array(sizeBytes)
  const value = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
  disk.set(value, offset < 0 ? sizeBytes + offset : offset)
  return disk
}

const mdMagic = [0xfc, 0x4e, 0x2b, 0xa9]
const zfsMagic = [0x0c, 0xb1, 0xba, 0, 0, 0, 0, 0]

describe('decodeContents', () => {
  test('finds nothing on an empty disk', () => {
    expect(contents(new Uint8Array(sizeBytes))).toEqual({
      signatures: [],
      partitionOffsetsBytes: [],
    })
  })

  test.each([
    ['ext', ['mkfs.ext4', '-q', '-F']],
    ['swap', ['mkswap', '-q']],
    ['fat', ['mkfs.fat']],
    ['fat', ['mkfs.fat', '-F', '32', '-s', '1']],
  ] as const)('finds %s as %j makes it', async (name, [tool, ...options]) => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'disk')
    await writeFile(file, '')
    await truncate(file, sizeBytes)
    execFileSync(tool, [...options, file], { stdio: 'pipe' })
    expect(contents(await readFile(file)).signatures).toEqual([name])
  })

  test.each([
    ['lvm2', 512 + 24, 'LVM2 001'],
    ['luks', 0, [...Buffer.from('LUKS'), 0xba, 0xbe]],
    ['xfs', 0, 'XFSB'],
    ['btrfs', 65_600, '_BHRfS_M'],
    ['mdraid', 4096, mdMagic],
    ['mdraid', 0, mdMagic],
    ['mdraid', -8192, mdMagic],
    ['mdraid', -65_536, mdMagic],
    ['zfs', 128 * 1024 + 7 * 1024, zfsMagic],
    ['zfs', -256 * 1024 + 128 * 1024, zfsMagic.toReversed()],
    ['vmfs', mib, [0x0d, 0xd0, 0x01, 0xc0]],
    ['gfs2', 65_536, [0x01, 0x16, 0x19, 0x70]],
    ['ceph', 0, 'bluestore block device'],
    ['imsm', -1024, 'Intel Raid ISM Cfg. Sig. 1.0.00'],
    ['ddf', -512, [0xde, 0x11, 0xde, 0x11]],
  ] as const)('finds %s at byte %d and not beside it', (name, offset, bytes) => {
    expect(contents(diskWith(offset, bytes)).signatures).toEqual([name])
    expect(contents(diskWith(offset + 24, bytes)).signatures).toEqual([])
  })

  test.each([512, 4096] as const)('finds a GPT of %d-byte sectors and its partitions', (sector) => {
    const spec = usualDisk(sizeBytes, sector)
    const { head, tail } = makeGpt(spec)
    const disk = new Uint8Array(sizeBytes)
    disk.set(head)
    expect(contents(disk, sector)).toEqual({
      signatures: ['gpt'],
      partitionOffsetsBytes: [mib, 2 * mib, 3 * mib],
    })
    disk.fill(0)
    disk.set(tail, sizeBytes - tail.length)
    expect(contents(disk, sector).signatures).toEqual(['gpt'])
  })

  test('finds whose partitions a GPT holds', () => {
    const spec = usualDisk(sizeBytes)
    const typeGuid = 'aa31e02a-400f-11db-9590-000c2911d1b8'
    const disk = new Uint8Array(sizeBytes)
    disk.set(
      makeGpt({ ...spec, partitions: spec.partitions.map((p) => ({ ...p, typeGuid })) }).head,
    )
    expect(contents(disk).signatures).toEqual(['gpt', 'vmfs'])
  })

  test('finds an MBR and its partitions, as sfdisk writes it', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'disk')
    await writeFile(file, '')
    await truncate(file, sizeBytes)
    execFileSync('sfdisk', ['-q', '-X', 'dos', file], {
      input: '2048,2048\n8192,\n',
      stdio: 'pipe',
    })
    expect(contents(await readFile(file))).toEqual({
      signatures: ['mbr'],
      partitionOffsetsBytes: [2048 * 512, 8192 * 512],
    })
  })

  test('answers for any bytes at the places it looks at', () => {
    const places = [0, 440, 446, 510, 512, 1024, 4096, 65_536, mib - 512]
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.uint8Array({ minLength: 1, maxLength: 256 }),
        fc.constantFrom(512, 4096),
        (at, bytes, logicalBlockSizeBytes) => {
          const head = new Uint8Array(mib + 4096)
          head.set(bytes, at)
          const ends = { head, tail: head, sizeBytes: 8 * mib, logicalBlockSizeBytes }
          expect(decodeContents(ends).signatures.length).toBeLessThan(10)
        },
      ),
    )
  })
})
