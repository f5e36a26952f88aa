/** A field as tshark names and prints it. */
export type Field = readonly [name: string, value: string]
/** A field that is left out where it has no value. */
export type Told = readonly [name: string, value: string | null]
export type Fields = Readonly<Record<string, unknown>>

/** Those that have a value. */
export function told(fields: readonly Told[]): readonly Field[] {
  return fields.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
}

export function text(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

/** `0x001a`. */
export function hex(value: unknown, digits: number): string | null {
  return typeof value === 'number' ? `0x${value.toString(16).padStart(digits, '0')}` : null
}

export function flag(value: unknown): string | null {
  return typeof value === 'boolean' ? (value ? '1' : '0') : null
}

export function bitOf(bits: unknown, bit: number): string | null {
  return typeof bits === 'number' ? String((bits >>> bit) & 1) : null
}

/** Bits `from` up to `count` of them, as a number. */
export function bitsOf(bits: unknown, from: number, count: number): number | null {
  return typeof bits === 'number' ? (bits >>> from) & ((1 << count) - 1) : null
}

/** `001122` -> `00:11:22`. */
export function pairs(digits: unknown): string | null {
  return typeof digits === 'string' ? (digits.match(/../g)?.join(':') ?? '') : null
}

/** Bit by bit, each under the name with its number for `#`. */
export function eachBit(name: string, bits: unknown, count = 8): readonly Told[] {
  return Array.from({ length: count }, (_, bit) => [
    name.replace('#', String(bit)),
    bitOf(bits, bit),
  ])
}

/** Value by value, each under the name with its number for `#`. */
export function each(name: string, values: unknown): readonly Told[] {
  return list(values).map((value, index) => [name.replace('#', String(index)), text(value)])
}

export function objects(value: unknown): readonly Fields[] {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === 'object' && item !== null)
    : []
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
