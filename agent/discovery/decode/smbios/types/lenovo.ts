import { bit, byte, type StructureType } from '../field.ts'
import type { SmbiosStructure } from '../table.ts'

const thinkVantage: StructureType = {
  name: 'ThinkVantage Technologies',
  fields: { version: byte(0x04), diagnosticsAvailable: bit(0x14, 7) },
}
const presence: StructureType = {
  name: 'ThinkPad Device Presence Detection',
  fields: { fingerprintReaderPresent: bit(0x09, 0) },
}
const controller: StructureType = {
  name: 'ThinkPad Embedded Controller Program',
  fields: {
    version: ({ strings }) => strings[0] ?? null,
    releaseDate: ({ strings }) => strings[1] ?? null,
  },
}

/**
 * Structures of ThinkPads; undefined for others. The three types hold several kinds of data, told
 * apart by what they begin with.
 */
export function lenovoType(structure: SmbiosStructure): StructureType | undefined {
  const { type, bytes, strings } = structure
  if (type === 131 && bytes.length === 0x16 && strings[0] === 'TVT-Enablement') return thinkVantage
  if (type === 135 && bytes.length >= 0x0a && begins(bytes, 'TP\x07\x03\x01')) return presence
  if (type === 140 && bytes.length >= 0x0f && begins(bytes, 'LENOVO\x0b\x07\x01')) return controller
  return undefined
}

function begins(bytes: Uint8Array, letters: string): boolean {
  return String.fromCharCode(...bytes.subarray(4, 4 + letters.length)) === letters
}
