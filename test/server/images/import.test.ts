import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sha256Hex } from '../../../protocol/canonical.ts'
import { chunkSizeBytes, rawChunkSizeBytes, verifyIndex } from '../../../protocol/image.ts'
import { generateSigningKey } from '../../../protocol/signing.ts'
import { importRawImage } from '../../../server/images/import.ts'
import type { ImportProgress, ImportRequest } from '../../../server/images/import.ts'
import {
  efiSystem,
  makeRawImage,
  mib,
  temporaryDirectory,
  usualDisk,
} from '../../agent/imaging/fixtures.ts'

const key = generateSigningKey()

function requestFor(directory: string, change: Partial<ImportRequest> = {}): ImportRequest {
  return {
    file: join(directory, 'disk.raw'),
    name: 'test',
    version: '1',
    kind: 'disk',
    signingKey: key,
    outDir: join(directory, 'images'),
    createdAt: 1_700_000_000_000,
    compressionLevel: 1,
    ...change,
  }
}

describe('importRawImage', () => {
  test('makes a blob of frames that decode to the image, and an index that says so', async () => {
    await using directory = await temporaryDirectory()
    const raw = await makeRawImage(join(directory.path, 'disk.raw'), usualDisk(18 * mib))
    const steps: ImportProgress[] = []
    const onProgress = (step: ImportProgress) => steps.push(step)
    const image = await importRawImage(requestFor(directory.path, { onProgress }))
    const index = verifyIndex(
      JSON.parse(await readFile(image.indexFile, 'utf8')),
      [key.publicKey],
      0,
    )
    expect(index).toMatchObject({
      sizeBytes: raw.length,
      minimumDiskSizeBytes: raw.length,
      logicalBlockSizeBytes: 512,
      bootModes: ['bios', 'uefi'],
    })
    expect(index.gpt?.partitions[0]).toMatchObject({ index: 1, name: 'ESP', typeGuid: efiSystem })
    expect(index.chunks.map(({ zero }) => zero)).toEqual([false, true, false, true, false])

    const blob = await readFile(image.blobFile)
    expect(blob.length).toBe(index.blobSizeBytes)
    for (const [at, chunk] of index.chunks.entries()) {
      const frame = blob.subarray(chunk.offsetBytes, chunk.offsetBytes + chunk.sizeBytes)
      const size = rawChunkSizeBytes(index, at)
      const bytes = chunk.zero ? new Uint8Array(size) : Bun.zstdDecompressSync(frame)
      const start = at * chunkSizeBytes
      expect(Buffer.compare(bytes, raw.subarray(start, start + size))).toBe(0)
      expect(sha256Hex(bytes)).toBe(chunk.sha256)
    }
    expect(steps.at(-1)).toEqual({
      bytesRead: raw.length,
      bytesTotal: raw.length,
      bytesStored: blob.length,
    })
  })

  test('gives the same bytes for the same image', async () => {
    const files = await Promise.all(
      [1, 2].map(async () => {
        await using directory = await temporaryDirectory()
        await makeRawImage(join(directory.path, 'disk.raw'), usualDisk(10 * mib))
        const image = await importRawImage(requestFor(directory.path))
        return Buffer.concat([await readFile(image.indexFile), await readFile(image.blobFile)])
      }),
    )
    expect(Buffer.compare(files[0] ?? Buffer.alloc(0), files[1] ?? Buffer.alloc(1))).toBe(0)
  })

  test('finds 4096-byte sectors by itself', async () => {
    await using directory = await temporaryDirectory()
    await makeRawImage(join(directory.path, 'disk.raw'), usualDisk(10 * mib, 4096))
    const { signed } = await importRawImage(requestFor(directory.path))
    expect(signed.index.logicalBlockSizeBytes).toBe(4096)
    expect(signed.index.gpt?.partitions.length).toBe(3)
  })

  test.each([
    ['is empty', async (file: string) => truncate(file, 0)],
    [
      'is cut short: its backup GPT is at sector 20479',
      async (file: string) => truncate(file, 8 * mib),
    ],
    ['no number of 512-byte sectors', async (file: string) => truncate(file, 8 * mib + 100)],
    [
      "not in its last one, 24575: move it with 'sgdisk -e'",
      async (file: string) => truncate(file, 12 * mib),
    ],
    ['has no GPT; allow it', async (file: string) => writeFile(file, new Uint8Array(mib))],
    ['has a damaged GPT: GPT header does not match', damageAt(600)],
    ['has a damaged GPT: GPT entries do not match', damageAt(1100)],
    ['has no backup GPT equal to its first one', damageAt(10 * mib - 512)],
  ] as const)('refuses an image that %s', async (message, spoil) => {
    await using directory = await temporaryDirectory()
    const request = requestFor(directory.path)
    await makeRawImage(request.file, usualDisk(10 * mib))
    await spoil(request.file)
    await expect(importRawImage(request)).rejects.toThrow(message)
    expect(await readdir(request.outDir)).toEqual(['test'])
    expect(await readdir(join(request.outDir, 'test'))).toEqual([])
  })

  test('refuses a file that is not there and a version that is', async () => {
    await using directory = await temporaryDirectory()
    const request = requestFor(directory.path)
    await expect(importRawImage(request)).rejects.toThrow(/disk.raw' does not exist$/)
    await makeRawImage(request.file, usualDisk(10 * mib))
    await importRawImage(request)
    await expect(importRawImage(request)).rejects.toThrow(/^image 'test@1' already exists$/)
    expect((await readdir(request.outDir)).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('takes an image without GPT where that is allowed', async () => {
    await using directory = await temporaryDirectory()
    const request = requestFor(directory.path, { allowNoGpt: true })
    await writeFile(request.file, new Uint8Array(mib + 512).fill(7))
    const { signed } = await importRawImage(request)
    expect(signed.index).toMatchObject({ gpt: null, sizeBytes: mib + 512, bootModes: ['bios'] })
  })
})

function damageAt(offset: number) {
  return async (file: string) => {
    const bytes = await readFile(file)
    bytes[offset] = (bytes[offset] ?? 0) ^ 0xff
    await writeFile(file, bytes)
  }
}
