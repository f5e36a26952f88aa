import { DecodeError } from '../../../protocol/errors.ts'
import type { Host } from '../../host.ts'
import { attribute } from '../sysfs.ts'

/** A whole number that may be below 0, divided by `divisor`; null without a value. */
export async function scaledAttribute(
  host: Host,
  path: string,
  divisor: number,
): Promise<number | null> {
  const text = await attribute(host, path)
  if (text === null) return null
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value / divisor
  throw new DecodeError(`Cannot read ${path}: want a number, found '${text.slice(0, 64)}'`)
}
