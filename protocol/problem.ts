import { problemSchema } from './api.ts'
import { AppError, appErrorStatus } from './errors.ts'
import type { AppErrorCode } from './errors.ts'

/** The error that a problem of the API (RFC 9457) was; null for what is none, or has no code of ours. */
export function appErrorOf(value: unknown): AppError | null {
  const problem = problemSchema.safeParse(value)
  if (!problem.success) return null
  const { code, detail, details } = problem.data
  return isAppErrorCode(code) ? new AppError(code, detail, details) : null
}

function isAppErrorCode(code: string): code is AppErrorCode {
  return Object.hasOwn(appErrorStatus, code)
}
