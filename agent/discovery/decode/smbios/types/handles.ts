import { u16le } from '../../integers.ts'
import { handleText } from '../field.ts'
import type { SmbiosStructure } from '../table.ts'

/** `count` handles from `at` on; undefined where the structure ends before them. */
export function handles(
  { bytes }: SmbiosStructure,
  at: number,
  count: number,
): readonly string[] | undefined {
  if (at + count * 2 > bytes.length) return undefined
  return Array.from({ length: count }, (_, index) => handleText(u16le(bytes, at + index * 2)))
}
