import { DecodeError } from '../errors.ts'

/** Of a {@link parseDuration} text; for schemas. */
export const durationPattern = String.raw`^\s*(?=\d)(\d{1,6}d)?(\d{1,6}h)?(\d{1,6}m)?(\d{1,9}s)?\s*$`

const secondsPerUnit = { d: 86_400, h: 3_600, m: 60, s: 1 } as const

/**
 * Seconds of a duration such as `72h`, `90m`, `1h30m` or `60s`.
 * @throws {DecodeError} when it is none
 */
export function parseDuration(text: string): number {
  const parts = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/.exec(text.trim())
  if (parts === null || parts[0] === '') {
    throw new DecodeError(
      `'${text.slice(0, 40)}' is no duration; write one such as 72h, 90m or 60s`,
    )
  }
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts
  return (
    Number(days) * secondsPerUnit.d +
    Number(hours) * secondsPerUnit.h +
    Number(minutes) * secondsPerUnit.m +
    Number(seconds)
  )
}

/** The same duration in the largest unit that holds it exactly: `72h` is `3d`. */
export function formatDuration(seconds: number): string {
  if (seconds === 0) return '0s'
  const units = ['d', 'h', 'm'] as const
  const unit = units.find((unit) => seconds % secondsPerUnit[unit] === 0) ?? 's'
  return `${seconds / secondsPerUnit[unit]}${unit}`
}
