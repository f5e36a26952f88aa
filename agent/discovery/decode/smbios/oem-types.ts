import type { StructureType } from './field.ts'
import { type SmbiosStructure, stringAt, withoutPadding } from './table.ts'
import { hpeTypes } from './types/hpe.ts'
import { lenovoType } from './types/lenovo.ts'

/** What an OEM structure is; undefined: its maker has not said. */
export type OemTypes = (structure: SmbiosStructure) => StructureType | undefined

const hpe = new Set(['HP', 'Hewlett-Packard', 'HPE', 'Hewlett Packard Enterprise'])
const lenovo = new Set(['IBM', 'LENOVO'])

/** The OEM types of the machine whose maker the type 1 structure names. */
export function oemTypesOf(structures: readonly SmbiosStructure[]): OemTypes {
  const system = structures.find(({ type }) => type === 1)
  const at = (offset: number) =>
    system === undefined ? '' : withoutPadding(stringAt(system, offset) ?? '')
  const maker = at(0x04)
  if (lenovo.has(maker)) return lenovoType
  // Workstations and Superdomes of the maker use the same types for something else.
  if (hpe.has(maker) && /ProLiant|Apollo|Synergy|Edgeline/.test(at(0x05))) {
    return ({ type }) => hpeTypes.get(type)
  }
  return () => undefined
}
