import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type CpioEntry, writeCpio } from '../../initramfs/cpio.ts'
import { padToFour, writeLayer } from '../../initramfs/layer-file.ts'

function folders() {
  const root = mkdtempSync(join(tmpdir(), 'assay-layer-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const output = join(root, 'output')
  mkdirSync(output)
  return { output, cache: join(root, 'cache') }
}

const entry = (text: string): CpioEntry => ({
  kind: 'file',
  path: 'file',
  mode: 0o644,
  bytes: new TextEncoder().encode(text),
})

/** Bun, unlike the kernel, takes no zeros behind a frame. */
function unpack(padded: Uint8Array<ArrayBuffer>): Uint8Array {
  const errors: unknown[] = []
  for (const padding of [0, 1, 2, 3]) {
    try {
      return Bun.zstdDecompressSync(padded.subarray(0, padded.length - padding))
    } catch (error) {
      errors.push(error)
    }
  }
  throw new AggregateError(errors, 'no zstd frame')
}

describe('writeLayer', () => {
  test('writes an archive that zstd unpacks, padded to four bytes', async () => {
    const where = folders()
    for (const text of ['', 'a', 'ab', 'abc', 'abcd']) {
      const described = await writeLayer('base', [entry(text)], 3, where)
      const bytes = readFileSync(join(where.output, described.file))
      expect(described).toEqual({
        file: 'base.cpio.zst',
        sizeBytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      })
      expect(bytes.length % 4).toBe(0)
      expect(unpack(bytes)).toEqual(Buffer.from(writeCpio([entry(text)])))
    }
    expect(readdirSync(where.cache).length).toBe(1)
  })

  test('takes the compressed layer from the cache when the content is the same', async () => {
    const where = folders()
    const first = await writeLayer('base', [entry('same')], 3, where)
    const [cached] = readdirSync(where.cache)
    const again = await writeLayer('base', [entry('same')], 3, where)
    expect(again).toEqual(first)
    expect(readdirSync(where.cache)).toEqual([cached])
    const other = await writeLayer('base', [entry('other')], 3, where)
    expect(other.sha256).not.toBe(first.sha256)
    expect(readdirSync(where.cache)).not.toEqual([cached])
  })
})

test('padToFour appends fewer than four zeros', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      const padded = padToFour(bytes)
      expect(padded.length % 4).toBe(0)
      expect(padded.length - bytes.length).toBeLessThan(4)
      expect(padded.subarray(0, bytes.length)).toEqual(bytes)
      expect(padded.subarray(bytes.length).every((byte) => byte === 0)).toBe(true)
    }),
  )
})
