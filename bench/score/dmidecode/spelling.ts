import type { SmbiosStructureFacts } from '../../../protocol/facts/smbios.ts'

/** Fields of a structure as Assay gives them. */
export type Fields = NonNullable<SmbiosStructureFacts['fields']>
/** A field as dmidecode prints it: one line, or a list. */
export type Printed = string | readonly string[]
export type PrintedFields = Readonly<Record<string, Printed | undefined>>

/** The value of a string field; dmidecode shows bytes that are not ASCII as points. */
export function str(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? ascii(value) : 'Not Specified'
}

export function ascii(value: string): string {
  return value
    .replaceAll('\uFFFD', '.')
    .replaceAll(/[^\x20-\x7e]/g, (letter) => '.'.repeat(new TextEncoder().encode(letter).length))
    .trim()
}

/** A name of a list: `Unknown` for null, out of the list for a bare code. */
export function word(value: unknown, unknown = 'Unknown'): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') return unknown
  return /^0x[0-9a-f]{2,3}$/.test(value) ? '<OUT OF SPEC>' : value
}

/** A number with its unit; `unknown` for null. */
export function amount(
  value: unknown,
  print: (value: number) => string,
  unknown = 'Unknown',
): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'number' ? print(value) : unknown
}

export function plain(value: unknown, unknown = 'Unknown'): string | undefined {
  return amount(value, String, unknown)
}

/** Names of set bits, `None` for no bit. */
export function list(value: unknown, none = 'None'): Printed | undefined {
  if (!Array.isArray(value)) return undefined
  return value.length === 0 ? none : value.map(String)
}

/** Names of set bits on one line. */
export function flat(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined
  return value.length === 0 ? 'None' : value.map(String).join(' ')
}

export function yes(value: unknown, words: readonly [string, string]): string | undefined {
  return typeof value === 'boolean' ? words[value ? 0 : 1] : undefined
}

/** A list with its length before it. */
export function counted(items: unknown): readonly string[] | undefined {
  return Array.isArray(items) ? [String(items.length), ...items.map(String)] : undefined
}

/** dmidecode shows the highest group of ten bits, with the one below it unless that is zero. */
export function memorySize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
  const highest = bytes < 1 ? 0 : Math.min(6, Math.floor(Math.log2(bytes) / 10))
  const below = Math.floor(bytes / 1024 ** (highest - 1))
  const unit = highest > 0 && below % 1024 !== 0 ? highest - 1 : highest
  return `${Math.floor(bytes / 1024 ** unit)} ${units[unit]}`
}

export function objects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === 'object' && item !== null)
    : []
}

/**
 * Numbers in hexadecimal are equal however many zeros they begin with. The `k` that dmidecode puts
 * behind an extended address is none: the field is in bytes (DSP0134 §7.20).
 */
export function normal(text: string): string {
  return text
    .trim()
    .replace(/^(0x[0-9A-F]{16})k$/, '$1')
    .replaceAll(/\b0x0*([0-9A-Fa-f]+)\b/g, (_, digits: string) => `0x${digits.toLowerCase()}`)
}
