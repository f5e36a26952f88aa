import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHelperLine, splitLines } from '../../../agent/benchmark/helper-output.ts'
import { DecodeError } from '../../../protocol/errors.ts'

async function collect(pieces: readonly Uint8Array[]): Promise<readonly string[]> {
  async function* output() {
    yield* pieces
  }
  const lines: string[] = []
  for await (const line of splitLines(output())) lines.push(line)
  return lines
}

describe('splitLines', () => {
  test('finds the same lines wherever the pieces end', async () => {
    const text = '{"a":1}\n{"b":"é"}\n{"c":3}'
    const bytes = new TextEncoder().encode(text)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const pieces = borders.slice(1).map((end, i) => bytes.subarray(borders[i], end))
        expect(await collect(pieces)).toEqual(text.split('\n'))
      }),
    )
  })

  test('refuses a line without end', async () => {
    await expect(collect([new Uint8Array(1024 * 1024 + 1).fill(65)])).rejects.toThrow(DecodeError)
  })
})

describe('parseHelperLine', () => {
  test('reads a sample and an error', () => {
    const sample = { metric: 'chain', value: 1.5e9, atSeconds: 0.1 }
    expect(parseHelperLine(JSON.stringify({ sample }))).toEqual({ sample })
    expect(parseHelperLine('{"error":"no disk"}')).toEqual({ error: 'no disk' })
  })

  test('gives a line or a DecodeError for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseHelperLine(text)).toThrow(DecodeError)
      }),
    )
  })
})
