import { toHex, u16le, u32le, u8 } from '../../integers.ts'
import type { Fields, Value } from '../field-values.ts'

/** What a capability's meaning depends on beyond its own bytes. */
export interface FunctionContext {
  readonly vendorId: string
  readonly deviceId: string
  readonly headerType: number
  /** Device/port type of the PCI Express capability (§7.5.3.2); null without one. */
  readonly portType: number | null
}

/** One field of a register: its name, and what its bits say. */
export interface Field {
  readonly name: string
  readonly read: (register: number) => Value
}

/** A register of a capability. Its value stands under `name`: by field, or bare with {@link bare}. */
export interface Register {
  readonly name: string
  /** Where it is, from the head of the capability. */
  readonly offset: number
  readonly lengthBytes: 1 | 2 | 4 | 8
  readonly fields: readonly Field[]
  /** Whether this function has it; without it, every one has. */
  readonly when?: (context: FunctionContext, before: Fields) => boolean
}

/** Reads those registers that lie before `end`; one that does not is left out. */
export function readRegisters(
  config: Uint8Array,
  at: number,
  end: number,
  registers: readonly Register[],
  context: FunctionContext,
): Fields {
  let found: Fields = {}
  for (const { name, offset, lengthBytes, fields, when } of registers) {
    if (at + offset + lengthBytes > end || when?.(context, found) === false) continue
    if (lengthBytes === 8) {
      found = { ...found, [name]: hex64(config, at + offset) }
      continue
    }
    const register = readers[lengthBytes](config, at + offset)
    const only = fields[0]
    const value =
      only?.name === ''
        ? only.read(register)
        : Object.fromEntries(fields.map((field) => [field.name, field.read(register)]))
    found = { ...found, [name]: value }
  }
  return found
}

const readers = { 1: u8, 2: u16le, 4: u32le } as const

/** 64 bits, the lower half first, as 16 digits. */
export function hex64(config: Uint8Array, at: number): string {
  return toHex(u32le(config, at + 4), 8) + toHex(u32le(config, at), 8)
}

/** Bits `bit` to `bit + width - 1` of a register. */
export function bitsAt(register: number, bit: number, width: number): number {
  return Math.floor(register / 2 ** bit) % 2 ** width
}

export function register(
  name: string,
  offset: number,
  lengthBytes: 1 | 2 | 4,
  fields: readonly Field[],
  when?: Register['when'],
): Register {
  return { name, offset, lengthBytes, fields, ...(when === undefined ? {} : { when }) }
}

/** A register that is one value. */
export function bare(
  name: string,
  offset: number,
  lengthBytes: 1 | 2 | 4,
  read: (register: number) => Value = (value) => value,
  when?: Register['when'],
): Register {
  return register(name, offset, lengthBytes, [{ name: '', read }], when)
}

/** A register that is kept as hexadecimal digits. */
export function digits(
  name: string,
  offset: number,
  lengthBytes: 1 | 2 | 4 | 8,
  when?: Register['when'],
): Register {
  const read = (value: number) => toHex(value, lengthBytes * 2)
  return {
    name,
    offset,
    lengthBytes,
    fields: [{ name: '', read }],
    ...(when === undefined ? {} : { when }),
  }
}

export function flag(name: string, bit: number): Field {
  return { name, read: (register) => bitsAt(register, bit, 1) === 1 }
}

/** Flags of neighbouring bits from `bit` on; null: a bit without meaning. */
export function flags(bit: number, names: readonly (string | null)[]): readonly Field[] {
  return names.flatMap((name, index) => (name === null ? [] : [flag(name, bit + index)]))
}

export function number(
  name: string,
  bit: number,
  width: number,
  map: (value: number) => Value = (value) => value,
): Field {
  return { name, read: (register) => map(bitsAt(register, bit, width)) }
}

/** A code by its name; `code-12` where the standard has none. */
export function choice(
  name: string,
  bit: number,
  width: number,
  names: readonly (string | null)[],
): Field {
  return number(name, bit, width, (code) => names[code] ?? `code-${code}`)
}

/** Bits kept as hexadecimal digits. */
export function hexField(name: string, bit: number, width: number): Field {
  return number(name, bit, width, (value) => toHex(value, Math.ceil(width / 4)))
}
