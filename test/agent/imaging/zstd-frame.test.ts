import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bunDecompressor, libzstdDecompressor } from '../../../agent/imaging/decompress.ts'
import { inspectZstdFrame } from '../../../agent/imaging/zstd-frame.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import { mib, noise } from './fixtures.ts'

const raw = new Uint8Array(mib)
raw.set(noise(300_000, 1))
const frame = Bun.zstdCompressSync(raw)

describe('inspectZstdFrame', () => {
  test('tells the sizes of frames of every shape', () => {
    fc.assert(
      fc.property(
        fc.nat(400_000),
        fc.nat(400_000),
        fc.constantFrom(1, 3, 19),
        (random, zeros, level) => {
          const bytes = Buffer.concat([noise(random, random), new Uint8Array(zeros)])
          const made = Bun.zstdCompressSync(bytes, { level })
          const facts = inspectZstdFrame(made)
          expect(facts.contentSizeBytes).toBe(bytes.length)
          expect(facts.frameSizeBytes).toBe(made.length)
          expect(facts.expansionBoundBytes).toBeGreaterThanOrEqual(bytes.length)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('answers or throws DecodeError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const bytes = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...tail)
        try {
          inspectZstdFrame(bytes)
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error
        }
      }),
    )
  })
})

const decompressors = [libzstdDecompressor(), bunDecompressor]

describe.each(decompressors)('the decompressor of $name', (decompressor) => {
  const decompress = (bytes: Uint8Array, into: Uint8Array) => decompressor.decompress(bytes, into)

  test('decodes a frame of the expected size', () => {
    const into = new Uint8Array(raw.length)
    decompress(frame, into)
    expect(Buffer.compare(into, raw)).toBe(0)
  })

  test.each([
    ['a frame that is cut', frame.subarray(0, -5), raw.length],
    ['a frame and another behind it', Buffer.concat([frame, frame]), raw.length],
    ['a frame that decodes to more', frame, raw.length - 1],
    ['a frame that decodes to less', frame, raw.length + 1],
    ['a bomb', Bun.zstdCompressSync(new Uint8Array(512 * mib), { level: 1 }), raw.length],
    ['what is no frame', noise(1000, 1), raw.length],
    ['nothing', new Uint8Array(0), raw.length],
  ] as const)('refuses %s', (_, bytes, size) => {
    expect(() => decompress(bytes, new Uint8Array(size))).toThrow(DecodeError)
  })

  test('refuses a frame that lies about its size', () => {
    const bomb = Bun.zstdCompressSync(new Uint8Array(300 * mib), { level: 1 })
    const view = new DataView(bomb.buffer, bomb.byteOffset)
    view.setUint32(6, raw.length, true)
    expect(inspectZstdFrame(bomb).contentSizeBytes).toBe(raw.length)
    expect(() => decompress(bomb, new Uint8Array(raw.length))).toThrow(DecodeError)
  })
})
