import type { Clock, Random } from '../../protocol/effects.ts'
import { AppError } from '../../protocol/errors.ts'
import { sha256Hex } from '../../protocol/canonical.ts'

/** The cookie of the web page. */
export const sessionCookie = 'assay_session'

/** A page that is open asks for its token again after this. */
export const sessionSeconds = 12 * 3600

/** More pages than anybody opens; the oldest session makes room. */
const sessionsMaximum = 1000

/**
 * Sessions of the web page: a cookie that stands for a token, so that no script on the page ever
 * holds one. Kept in memory; a restart of the server asks for the token again.
 */
export interface LoginSessions {
  /** The value of the cookie. */
  open(tokenId: string): string
  /** The token a cookie stands for. Throws `unauthenticated`. */
  tokenOf(cookie: string): string
  close(cookie: string): void
}

export function createLoginSessions(clock: Clock, random: Random): LoginSessions {
  const sessions = new Map<string, { readonly tokenId: string; readonly endsAtMs: number }>()
  const keyOf = (cookie: string) => sha256Hex(new TextEncoder().encode(cookie))
  return {
    open(tokenId) {
      const [oldest] = sessions.keys()
      if (sessions.size >= sessionsMaximum && oldest !== undefined) sessions.delete(oldest)
      const cookie = Buffer.from(random.bytes(32)).toString('base64url')
      sessions.set(keyOf(cookie), { tokenId, endsAtMs: clock.now() + sessionSeconds * 1000 })
      return cookie
    },
    tokenOf(cookie) {
      const session = sessions.get(keyOf(cookie))
      if (session !== undefined && session.endsAtMs > clock.now()) return session.tokenId
      sessions.delete(keyOf(cookie))
      throw new AppError('unauthenticated', 'the session has ended: log in again with a token')
    },
    close(cookie) {
      sessions.delete(keyOf(cookie))
    },
  }
}
