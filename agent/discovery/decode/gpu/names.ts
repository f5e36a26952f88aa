import { DecodeError } from '../../../../protocol/errors.ts'
import type { NamedNumbers } from '../../../../protocol/facts/gpu-management.ts'

/** The most names that one group of numbers may have (`namedNumbers`). */
const maxNames = 64

/** Numbers by name; throws DecodeError for more than facts may hold. */
export function named(entries: readonly (readonly [string, number])[]): NamedNumbers {
  if (entries.length > maxNames) {
    throw new DecodeError(`Cannot take ${entries.length} values of one kind`)
  }
  return Object.fromEntries(entries)
}

/** `sram_uncorrectable` -> `sram-uncorrectable`; empty for a name that has no letter or digit. */
export function kebab(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 80)
    .replace(/-$/, '')
}
