import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemRandom } from '../../../protocol/system-effects.ts'
import { generateToken, parseToken, tokenHash } from '../../../server/tokens/token-format.ts'

test('a token reads back as it was made, and no two are equal', () => {
  const tokens = Array.from({ length: 200 }, () => generateToken(systemRandom))
  for (const token of tokens) {
    expect(token.text).toMatch(/^assay_[0-9a-f]{16}_[A-Za-z0-9]{33}[0-9a-f]{8}$/)
    expect(parseToken(token.text)).toEqual(token)
  }
  expect(new Set(tokens.map(({ text }) => text)).size).toBe(200)
})

test('a token holds all bits of its secret', () => {
  const of = (byte: number) =>
    generateToken({ ...systemRandom, bytes: (count) => new Uint8Array(count).fill(byte) }).text
  expect(of(0)).toContain(`_${'0'.repeat(33)}`)
  expect(of(255)).not.toBe(of(254))
})

test('a token with any sign changed, added or lost is none', () => {
  const { text } = generateToken(systemRandom)
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom('0', 'a', 'Z', '_', ' '), (at, sign) => {
      const changed = `${text.slice(0, at)}${sign}${text.slice(at + 1)}`
      expect(changed === text || parseToken(changed) === null).toBe(true)
      expect(parseToken(`${text.slice(0, at)}${text.slice(at + 1)}`)).toBeNull()
      expect(parseToken(`${text.slice(0, at)}${sign}${text.slice(at)}`)).toBeNull()
    }),
  )
})

test('any text is a token or none', () => {
  fc.assert(fc.property(fc.string(), (text) => parseToken(text) === null))
})

test('a hash is the SHA-256 of the whole text', () => {
  expect(tokenHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
