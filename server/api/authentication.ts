import type { Role } from '../../protocol/api.ts'
import { roles } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Caller, TokenService } from '../tokens/token-service.ts'
import { sessionCookie } from './login-sessions.ts'
import type { LoginSessions } from './login-sessions.ts'

/**
 * Who sends a request: the bearer of `Authorization: Bearer <token>`, or of the page's cookie. A
 * cookie travels by itself, so what changes something must also come from our own page.
 */
export async function authenticate(
  request: Request,
  deps: { readonly tokens: TokenService; readonly sessions: LoginSessions },
): Promise<Caller> {
  const authorization = request.headers.get('authorization')
  if (authorization !== null) {
    const match = /^Bearer +(\S{1,256})$/i.exec(authorization)
    if (match?.[1] === undefined) {
      throw new AppError('unauthenticated', "Authorization is not 'Bearer <token>'")
    }
    return deps.tokens.authenticate(match[1])
  }
  const cookie = cookieOf(request, sessionCookie)
  if (cookie === null) {
    throw new AppError('unauthenticated', "the request has no 'Authorization: Bearer <token>'")
  }
  const tokenId = deps.sessions.tokenOf(cookie)
  if (!isSafe(request)) requireSameOrigin(request)
  return deps.tokens.verifyStillValid(tokenId)
}

/** Roles include each other: an operator may all that a scheduler may, a scheduler all of a viewer. */
export function requireRole(caller: Caller, role: Role): void {
  if (roles.indexOf(caller.role) >= roles.indexOf(role)) return
  const detail = `token '${caller.name}' is a ${caller.role}'s, this takes one of a ${role}`
  throw new AppError('forbidden', detail)
}

/** Refuses a request that another site had the browser send. */
export function requireSameOrigin(request: Request): void {
  const origin = request.headers.get('origin')
  const host = request.headers.get('host') ?? new URL(request.url).host
  if (origin !== null && URL.canParse(origin) && new URL(origin).host === host) return
  throw new AppError('forbidden', `origin '${origin ?? ''}' is not this server's, '${host}'`)
}

/** The value of a cookie (RFC 6265 §5.4); null when there is none. */
export function cookieOf(request: Request, name: string): string | null {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [key, value] = pair.trim().split('=')
    if (key === name && value !== undefined && value !== '') return value
  }
  return null
}

function isSafe(request: Request): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}
