import type { Random } from '../../protocol/effects.ts'

const firstMs = 500
const mostMs = 15_000

/**
 * Milliseconds to wait before attempt `attempt` (1 is the first retry): doubling from 0.5 s to 15 s,
 * of which a random half is taken off, so that a rack that lost its server does not return at once.
 */
export function backoffMs(attempt: number, random: Random): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 16))
  return full * (0.5 + random.fraction() / 2)
}
