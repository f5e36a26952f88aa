import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, digestOf } from '../../protocol/canonical.ts'
import { generateSigningKey, importSigningKey, verifySignature } from '../../protocol/signing.ts'

describe('canonicalJson', () => {
  test('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: 1, a: [{ d: 2, c: null }] })).toBe('{"a":[{"c":null,"d":2}],"b":1}')
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed())
        expect(digestOf(turned)).toBe(digestOf(value))
      }),
    )
  })

  test('parses back to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(JSON.parse(canonicalJson(value)))).toHaveLength(
          JSON.stringify(value).length,
        )
      }),
    )
  })

  test('leaves out undefined fields and refuses what JSON cannot hold', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
    expect(() => canonicalJson(Number.NaN)).toThrow('finite')
    expect(() => canonicalJson(1n)).toThrow('bigint')
  })
})

describe('verifySignature', () => {
  const key = generateSigningKey()
  const message = new TextEncoder().encode('plan')
  const signature = key.sign('assay.commit.v1', message)

  test('accepts the signature, also by the same key after it was kept as PEM', () => {
    expect(verifySignature(key.publicKey, 'assay.commit.v1', message, signature)).toBe(true)
    const kept = importSigningKey(key.exportPem())
    expect(kept.sign('assay.commit.v1', message)).toBe(signature)
  })

  test('refuses another purpose, key, message or a malformed signature', () => {
    const other = generateSigningKey()
    expect(verifySignature(key.publicKey, 'assay.proof.v1', message, signature)).toBe(false)
    expect(verifySignature(other.publicKey, 'assay.commit.v1', message, signature)).toBe(false)
    const altered = new TextEncoder().encode('Plan')
    expect(verifySignature(key.publicKey, 'assay.commit.v1', altered, signature)).toBe(false)
    expect(verifySignature(key.publicKey, 'assay.commit.v1', message, 'zz')).toBe(false)
  })
})
