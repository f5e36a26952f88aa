import { createHmac } from 'node:crypto'

const prefix = 'whsec_'

/** A secret for signing, from 32 random bytes: `whsec_` and base64. */
export function webhookSecret(bytes: Uint8Array): string {
  return `${prefix}${Buffer.from(bytes).toString('base64')}`
}

/**
 * The headers of one delivery, as Standard Webhooks 1.0 has them: an id that stays the same when the
 * delivery is repeated, seconds since 1970, and HMAC-SHA256 over `<id>.<timestamp>.<body>`.
 */
export function signedHeaders(
  secret: string,
  id: string,
  timestampSeconds: number,
  body: string,
): Readonly<Record<string, string>> {
  const key = Buffer.from(secret.slice(prefix.length), 'base64')
  const signed = `${id}.${timestampSeconds}.${body}`
  const signature = createHmac('sha256', key).update(signed).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': `v1,${signature}`,
  }
}
