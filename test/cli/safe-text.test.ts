import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { safeJson, safeLines, safeText } from '../../cli/safe-text.ts'

describe('text of unknown origin', () => {
  test('shows control characters, line breaks and marks written out', () => {
    expect(safeText('a\x1b[2Jb\nc\u009bd\u202ee\u2028f')).toBe(
      'a\\x1b[2Jb\\x0ac\\x9bd\\u{202e}e\\u{2028}f',
    )
    expect(safeText('Größe 日本 ✓')).toBe('Größe 日本 ✓')
    expect(safeLines('a\n\tb')).toBe('a\n\\x09b')
  })

  test('holds no character that a terminal acts on, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(safeText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })

  test('is the same value after a way through JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = safeJson({ value }, 2)
        expect(json).not.toMatch(/[^\P{C}\n\p{Co}\p{Cn}]/u)
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value })))
      }),
    )
  })
})
