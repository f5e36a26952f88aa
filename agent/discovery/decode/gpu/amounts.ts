/** Values as the tools of GPU drivers print them: `20475 MiB`, `8.81 W`, `N/A`, `[Not Supported]`. */
import { deviceText, meaningfulText } from '../device-text.ts'

/** The words behind which a tool hides that there is no value. */
const nothing =
  /^(\[?(n\/a|not supported|not available|unknown error|unknown|insufficient permissions|gpu is lost|gpu requires reset|function not found|err!|none|redacted)\]?|requested functionality has been deprecated|n\/a \(.*\)|not supported on the given system|)$/i

/** Text that a tool prints; null for its words for nothing. */
export function told(text: string | null | undefined): string | null {
  if (text === null || text === undefined || nothing.test(text.trim())) return null
  return deviceText(text)
}

/** {@link told} of serial and part numbers: null too for what makers leave in fields never filled. */
export function toldIdentity(text: string | null | undefined): string | null {
  return meaningfulText(told(text))
}

/** Units in base units: bytes, hertz, watts, degrees Celsius, ratio, seconds. */
const units: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1000],
  ['mb', 1e6],
  ['gb', 1e9],
  ['kib', 1024],
  ['mib', 1024 ** 2],
  ['gib', 1024 ** 3],
  ['kb/s', 1000],
  ['mb/s', 1e6],
  ['hz', 1],
  ['khz', 1000],
  ['mhz', 1e6],
  ['ghz', 1e9],
  ['mw', 1e-3],
  ['w', 1],
  ['c', 1],
  ['°c', 1],
  ['%', 0.01],
  ['x', 1],
  ['bank(s)', 1],
  ['mv', 1],
  ['rpm', 1],
])

/** A number with its unit, in base units; null for nothing and for what is no number. */
export function amount(text: string | null | undefined): number | null {
  const [, digits, unit] =
    /^\s*([+-]?\d{1,20}(?:\.\d{1,9})?)\s*([^\s\d]{0,8})\s*$/.exec(text ?? '') ?? []
  const factor = units.get(unit?.toLowerCase() ?? '-')
  if (digits === undefined || factor === undefined) return null
  const value = Number(digits) * factor
  // 8.81 W times 1, 37 % times 0.01: a product of decimals is rounded to what was printed.
  return Number.isFinite(value) ? Number(value.toPrecision(15)) : null
}

/** {@link amount} where only whole numbers from 0 are an answer; null else. */
export function wholeAmount(text: string | null | undefined): number | null {
  const value = amount(text)
  if (value === null || value < 0) return null
  const whole = Math.round(value)
  return Number.isSafeInteger(whole) ? whole : null
}

/** {@link amount} from 0 to 1; null else. */
export function ratioAmount(text: string | null | undefined): number | null {
  const value = amount(text)
  return value === null || value < 0 || value > 1 ? null : value
}

/** {@link amount} from 0; null else. */
export function positiveAmount(text: string | null | undefined): number | null {
  const value = amount(text)
  return value === null || value < 0 ? null : value
}

/** `Yes`, `Enabled`, `Active`; null for nothing. */
export function yes(text: string | null | undefined): boolean | null {
  if (/^(yes|enabled|active|on|true)$/i.test(text?.trim() ?? '')) return true
  return /^(no|disabled|not active|inactive|off|false)$/i.test(text?.trim() ?? '') ? false : null
}

/** `00000000:06:00.0` and `6:00.0` as the kernel writes it; null when it is no address. */
export function kernelAddress(text: string | null | undefined): string | null {
  const found = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$/i.exec(
    text?.trim() ?? '',
  )
  if (found === null) return null
  const [, domain = '0', bus = '', device = '', functionNumber = ''] = found
  const short = domain.replace(/^0+/, '').padStart(4, '0')
  return `${short}:${bus.padStart(2, '0')}:${device.padStart(2, '0')}.${functionNumber}`.toLowerCase()
}

/** The entries that have a value. */
export function known<T>(entries: readonly (readonly [string, T | null])[]): Record<string, T> {
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
  )
}
