import { timingSafeEqual } from 'node:crypto'
import type { CreateToken, CreatedToken, Role, Token } from '../../protocol/api.ts'
import type { Clock, Random } from '../../protocol/effects.ts'
import { AppError } from '../../protocol/errors.ts'
import type { TokenRecord } from '../store/records.ts'
import type { TokenStore } from '../store/store.ts'
import { generateToken, parseToken, tokenHash } from './token-format.ts'

/** What this room needs of the store. */
export type TokenShelf = Pick<
  TokenStore,
  'createToken' | 'token' | 'tokens' | 'revokeToken' | 'touchToken'
>

/** Who calls. The name of a token is the name of its bearer: no two live tokens share one. */
export interface Caller {
  readonly tokenId: string
  readonly name: string
  readonly role: Role
  /** Whom the bearer acts for. */
  readonly tenant: string
}

export interface TokenService {
  /** The bearer of a token, or an `unauthenticated` error that says what is wrong with it. */
  authenticate(text: string): Promise<Caller>
  /** The same question again, for a session that was opened with the token. */
  verifyStillValid(tokenId: string): Promise<Caller>
  create(input: CreateToken): Promise<CreatedToken>
  list(): Promise<readonly Token[]>
  revoke(id: string): Promise<void>
}

/** `lastUsedAtMs` is written at most this often per token: reads must not become writes. */
const touchIntervalMs = 60_000

export function createTokenService(deps: {
  readonly store: TokenShelf
  readonly clock: Clock
  readonly random: Random
}): TokenService {
  const { store, clock, random } = deps

  const live = (record: TokenRecord | null): TokenRecord => {
    if (record === null) throw unauthenticated('is not known here')
    if (record.revokedAtMs !== null) throw unauthenticated('was revoked')
    if (record.expiresAtMs !== null && record.expiresAtMs <= clock.now()) {
      throw unauthenticated(`expired at ${new Date(record.expiresAtMs).toISOString()}`)
    }
    return record
  }

  return {
    async authenticate(text) {
      const token = parseToken(text)
      if (token === null) throw unauthenticated('is no Assay token or was mistyped')
      const record = await store.token(token.id)
      if (record !== null && !hashEquals(record.secretHash, tokenHash(text))) {
        throw unauthenticated('is not known here')
      }
      const { id, name, role, tenant, lastUsedAtMs } = live(record)
      const now = clock.now()
      if (lastUsedAtMs === null || now - lastUsedAtMs >= touchIntervalMs) {
        await store.touchToken(id, now)
      }
      return { tokenId: id, name, role, tenant }
    },

    async verifyStillValid(tokenId) {
      const { id, name, role, tenant } = live(await store.token(tokenId))
      return { tokenId: id, name, role, tenant }
    },

    async create(input) {
      const now = clock.now()
      const taken = (await store.tokens()).find((record) => {
        const ended = record.expiresAtMs !== null && record.expiresAtMs <= now
        return record.name === input.name && record.revokedAtMs === null && !ended
      })
      if (taken !== undefined) {
        const advice = 'revoke that one first or choose another name'
        throw new AppError('conflict', `token '${taken.id}' is named '${input.name}', ${advice}`)
      }
      const { id, text } = generateToken(random)
      const expiresInSeconds = input.expiresInSeconds ?? null
      const token: Token = {
        id,
        name: input.name,
        role: input.role,
        tenant: input.tenant ?? input.name,
        createdAtMs: now,
        expiresAtMs: expiresInSeconds === null ? null : now + expiresInSeconds * 1000,
        revokedAtMs: null,
        lastUsedAtMs: null,
      }
      await store.createToken({ ...token, secretHash: tokenHash(text) })
      return { ...token, secret: text }
    },

    async list() {
      return (await store.tokens()).map(withoutHash)
    },

    async revoke(id) {
      const revoked = await store.revokeToken(id, clock.now())
      if (revoked === null) throw new AppError('not-found', `token '${id}' does not exist`)
    },
  }
}

function withoutHash(record: TokenRecord): Token {
  const { secretHash: _, ...shown } = record
  return shown
}

function unauthenticated(what: string): AppError {
  return new AppError('unauthenticated', `the token ${what}: ask an operator for one`)
}

/** Both are 64 hex digits, so the lengths agree. */
function hashEquals(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'))
}
