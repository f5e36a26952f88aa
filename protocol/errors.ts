/** Bytes or text that are not in their format. Costs the message or artefact it was found in. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

/** Codes a client can act on, with the HTTP status the API gives each (RFC 9457 problem details). */
export const appErrorStatus = {
  'bad-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  unprocessable: 422,
  'too-many-requests': 429,
  unavailable: 503,
} as const satisfies Record<string, number>

/** One of the codes of {@link appErrorStatus}. */
export type AppErrorCode = keyof typeof appErrorStatus

/** An error whose reader can do something about it: says what was wanted and what was found. */
export class AppError extends Error {
  override readonly name = 'AppError'

  readonly code: AppErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: AppErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.code = code
    this.details = details
  }
}

/** The message of an error and of all its causes, outermost first, on one line. */
export function errorChain(error: unknown): string {
  const parts: string[] = []
  for (let at: unknown = error; at !== undefined && parts.length < 8;) {
    parts.push(at instanceof Error ? at.message : JSON.stringify(at))
    at = at instanceof Error ? at.cause : undefined
  }
  return parts.join(': ')
}
