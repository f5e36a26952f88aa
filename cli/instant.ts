import { AppError } from '../protocol/errors.ts'
import { parseDuration } from '../protocol/request/duration.ts'

/**
 * A moment as people write it: `now`, `+3h`, `-7d`, a date or time of ISO 8601 (UTC where it says
 * nothing else), in milliseconds since 1970. Throws `bad-request`.
 */
export function parseInstant(text: string, nowMs: number): number {
  if (text === 'now') return nowMs
  const [, sign, duration = ''] = /^([+-])(.+)$/.exec(text) ?? []
  if (sign !== undefined) {
    const ms = parseDuration(duration) * 1000
    return sign === '+' ? nowMs + ms : nowMs - ms
  }
  const iso = /^\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2})?)?)?$/.test(text) ? utc(text) : text
  const atMs = /^\d{4}-/.test(text) ? Date.parse(iso) : NaN
  if (Number.isFinite(atMs)) return atMs
  const forms = "'now', '+3h', '-7d', '2026-03-01' or '2026-03-01T08:00Z'"
  throw new AppError('bad-request', `'${text}' is no moment such as ${forms}`)
}

function utc(text: string): string {
  return text.includes('T') ? `${text}Z` : text
}
