import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { DecodeError } from './errors.ts'

/**
 * Ed25519 (RFC 8032). Public keys and signatures travel as lower-case hex: 32 and 64 bytes.
 * Every signed text starts with its purpose, so that a signature for one is none for another.
 */
export interface SigningKey {
  readonly publicKey: string
  sign(purpose: Purpose, message: Uint8Array): string
  /** PKCS #8 PEM, for keeping the key on disk. */
  exportPem(): string
}

/** What a signature is for. */
export type Purpose = 'assay.challenge.v1' | 'assay.proof.v1' | 'assay.commit.v1' | 'assay.image.v1'

/** A fresh key. The boot agent makes one each boot and keeps it in memory only. */
export function generateSigningKey(): SigningKey {
  return signingKey(generateKeyPairSync('ed25519').privateKey)
}

/** A key kept as PKCS #8 PEM. */
export function importSigningKey(pem: string): SigningKey {
  return signingKey(createPrivateKey(pem))
}

/** Whether `signature` is by `publicKey` over `message` for `purpose`. Malformed input is `false`. */
export function verifySignature(
  publicKey: string,
  purpose: Purpose,
  message: Uint8Array,
  signature: string,
): boolean {
  if (!/^[0-9a-f]{128}$/.test(signature)) return false
  const key = importPublicKey(publicKey)
  return verify(null, withPurpose(purpose, message), key, Buffer.from(signature, 'hex'))
}

function signingKey(key: KeyObject): SigningKey {
  const jwk = createPublicKey(key).export({ format: 'jwk' })
  const publicKey = Buffer.from(jwk.x ?? '', 'base64url').toString('hex')
  return {
    publicKey,
    sign: (purpose, message) => sign(null, withPurpose(purpose, message), key).toString('hex'),
    exportPem: () => key.export({ type: 'pkcs8', format: 'pem' }),
  }
}

function importPublicKey(hex: string): KeyObject {
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new DecodeError(`Ed25519 public key '${hex.slice(0, 80)}' is not 64 hex digits`)
  }
  const x = Buffer.from(hex, 'hex').toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

function withPurpose(purpose: Purpose, message: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${purpose}\n`), message])
}
