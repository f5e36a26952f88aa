import { AppError, DecodeError, appErrorStatus, errorChain } from '../../protocol/errors.ts'
import type { AppErrorCode } from '../../protocol/errors.ts'
import type { Logger } from '../log.ts'

const titles = {
  'bad-request': 'Bad request',
  unauthenticated: 'Not authenticated',
  forbidden: 'Forbidden',
  'not-found': 'Not found',
  conflict: 'Conflict',
  'precondition-failed': 'Changed meanwhile',
  'too-large': 'Too large',
  unprocessable: 'Not valid',
  'too-many-requests': 'Too many requests',
  unavailable: 'Not available',
} as const satisfies Record<AppErrorCode, string>

/**
 * The one place where errors become HTTP answers (RFC 9457). What the client can act on is told;
 * anything else is written down here and told as a bare 500, since its text may hold secrets.
 */
export function problemResponse(error: unknown, log: Logger): Response {
  if (error instanceof AppError) return appProblem(error)
  if (error instanceof DecodeError) {
    return appProblem(new AppError('unprocessable', error.message))
  }
  log.error('request failed', { error: errorChain(error), stack: stackOf(error) })
  return problem(500, {
    type: 'about:blank',
    title: 'Internal error',
    detail: 'the server failed, its log says why',
    code: 'internal',
  })
}

function appProblem(error: AppError): Response {
  const { code, message, details } = error
  const response = problem(appErrorStatus[code], {
    type: `/problems/${code}`,
    title: titles[code],
    detail: message,
    code,
    ...(Object.keys(details).length > 0 ? { details } : {}),
  })
  if (code === 'unauthenticated') response.headers.set('www-authenticate', 'Bearer realm="assay"')
  if (code === 'too-many-requests') response.headers.set('retry-after', '10')
  return response
}

function problem(status: number, body: Readonly<Record<string, unknown>>): Response {
  return Response.json(
    { ...body, status },
    {
      status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    },
  )
}

function stackOf(error: unknown): string | null {
  return error instanceof Error ? (error.stack ?? null) : null
}
