import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesOf } from '../../../server/import/lines.ts'
import { parseCsvLine } from '../../../server/import/readers/csv.ts'
import { pieces } from './text-lines.ts'

test('lines are the same however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\ufeff]/g, ''))),
      fc.integer({ min: 1, max: 9 }),
      async (texts, size) => {
        const lines = await Array.fromAsync(
          linesOf(pieces(texts.map((text) => `${text}\r\n`).join(''), size)),
        )
        expect(lines).toEqual(texts.map((text, at) => ({ number: at + 1, text })))
      },
    ),
  )
})

test('a byte order mark is no part of the first line', async () => {
  expect(await Array.fromAsync(linesOf(pieces('\ufeffa\nb')))).toEqual([
    { number: 1, text: 'a' },
    { number: 2, text: 'b' },
  ])
})

test('a long line that comes in many parts is looked at once', async () => {
  const piece = new Uint8Array(4096).fill(0x61)
  const long = (async function* () {
    for (let part = 0; part < 4096; part += 1) yield piece
  })()
  const [line, ...others] = await Array.fromAsync(linesOf(long))
  expect(line?.text.length).toBe(4096 * 4096)
  expect(others).toEqual([])
})

test('bytes that are no text, and lines past a limit, are refused', async () => {
  const wrong = (async function* () {
    yield new TextEncoder().encode('ok\n')
    yield new Uint8Array([0xff, 0xfe])
  })()
  await expect(Array.fromAsync(linesOf(wrong))).rejects.toThrow(
    'line 2 or after it is no UTF-8 text',
  )
  const limits = { lineBytes: 5 }
  await expect(Array.fromAsync(linesOf(pieces('123456\n'), limits))).rejects.toThrow(
    'line 1 is over',
  )
})

test('cells of CSV come back as they were written', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (cells) => {
      const line = cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')
      expect(parseCsvLine(line)).toEqual(cells)
    }),
  )
})
