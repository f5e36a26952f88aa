import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../protocol/errors.ts'
import {
  chunkSizeBytes,
  imageIndexSchema,
  indexDigest,
  rawChunkSizeBytes,
  signIndex,
  verifyIndex,
} from '../../protocol/image.ts'
import type { ImageIndex } from '../../protocol/image.ts'
import { generateSigningKey } from '../../protocol/signing.ts'

const key = generateSigningKey()
const hash = 'ab'.repeat(32)

const index: ImageIndex = imageIndexSchema.parse({
  format: 'assay.image.v1',
  name: 'debian',
  version: '12.1',
  kind: 'disk',
  sizeBytes: 2 * chunkSizeBytes + 512,
  blobSizeBytes: 150,
  logicalBlockSizeBytes: 512,
  bootModes: ['uefi'],
  minimumDiskSizeBytes: 16 * chunkSizeBytes,
  gpt: {
    diskGuid: '00000000-0000-0000-0000-000000000001',
    firstUsableLba: 34,
    lastUsableLba: 16_000,
    partitions: [
      {
        index: 1,
        typeGuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
        uniqueGuid: '00000000-0000-0000-0000-000000000002',
        name: 'ESP',
        firstLba: 2048,
        lastLba: 4095,
      },
    ],
  },
  expiresAt: 2000,
  createdAt: 1000,
  chunkSizeBytes,
  chunks: [
    { offsetBytes: 0, sizeBytes: 100, sha256: hash, zero: false },
    { offsetBytes: 100, sizeBytes: 0, sha256: hash, zero: true },
    { offsetBytes: 100, sizeBytes: 50, sha256: hash, zero: false },
  ],
})

const verify = (signed: unknown, now = 1500) => verifyIndex(signed, [key.publicKey], now)

describe('verifyIndex', () => {
  test('gives the index when key, signature, time and fields are good', () => {
    const signed = signIndex(key, index)
    expect(verify(signed)).toEqual(index)
    expect(verify(JSON.parse(JSON.stringify(signed)))).toEqual(index)
    expect(rawChunkSizeBytes(index, 1)).toBe(chunkSizeBytes)
    expect(rawChunkSizeBytes(index, 2)).toBe(512)
  })

  test('refuses a key that is not trusted', () => {
    expect(() => verify(signIndex(generateSigningKey(), index))).toThrow(/which is no trusted key$/)
    expect(() => verifyIndex(signIndex(key, index), [], 0)).toThrow(/which is no trusted key$/)
  })

  test.each([
    ['version', { version: '12.2' }],
    ['expiry', { expiresAt: null }],
    [
      'chunk hash',
      { chunks: index.chunks.map((chunk) => ({ ...chunk, sha256: 'cd'.repeat(32) })) },
    ],
    ['boot modes', { bootModes: ['bios', 'uefi'] }],
    ['partition table', { gpt: null }],
  ] as const)('refuses an index whose %s was altered', (_, change) => {
    const signed = { ...signIndex(key, index), index: { ...index, ...change } }
    expect(() => verify(signed)).toThrow(/does not match its signature/)
  })

  test('refuses an expired index and one that expires now', () => {
    const signed = signIndex(key, index)
    expect(() => verify(signed, 2000)).toThrow(
      /^image 'debian@12.1' expired at 1970-01-01T00:00:02/,
    )
    expect(verify(signIndex(key, { ...index, expiresAt: null }), 2 ** 50).expiresAt).toBeNull()
  })

  test.each([
    ['a field too many', { ...signIndex(key, index), extra: 1 }],
    ['no signature', { index, publicKey: key.publicKey }],
    ['another format', { ...signIndex(key, index), index: { ...index, format: 'v2' } }],
    ['text', 'index'],
  ] as const)('calls %s malformed', (_, signed) => {
    expect(() => verify(signed)).toThrow(DecodeError)
  })

  test.each([
    ['its size is no number of sectors', { sizeBytes: index.sizeBytes + 1 }],
    ['its minimum disk is less than its size', { minimumDiskSizeBytes: 512 }],
    ['it has 2 chunks, its size wants 3', { chunks: index.chunks.slice(0, 2), blobSizeBytes: 100 }],
    ['chunk 1 does not follow', { chunks: [index.chunks[0], index.chunks[0], index.chunks[2]] }],
    [
      'chunk 0 is zero and has bytes',
      { chunks: index.chunks.map((chunk) => ({ ...chunk, zero: true })) },
    ],
    ['its chunks do not add up to its blob', { blobSizeBytes: 151 }],
    [
      'its usable sectors end past its size',
      { gpt: index.gpt && { ...index.gpt, lastUsableLba: 2 ** 20 } },
    ],
    ['partition 1 is out of bounds', { gpt: index.gpt && { ...index.gpt, firstUsableLba: 4000 } }],
  ] as const)('refuses an index that contradicts itself: %s', (message, change) => {
    const signed = signIndex(key, imageIndexSchema.parse({ ...index, ...change }))
    expect(() => verify(signed)).toThrow(message)
  })
})

describe('indexDigest', () => {
  test('depends on every field and not on their order', () => {
    const reversed = Object.fromEntries(Object.entries(index).toReversed())
    expect(indexDigest(imageIndexSchema.parse(reversed))).toBe(indexDigest(index))
    expect(indexDigest({ ...index, createdAt: 1001 })).not.toBe(indexDigest(index))
  })
})
