import { DecodeError } from '../../../../protocol/errors.ts'
import type { SmbiosDump } from '../../../../protocol/facts/smbios.ts'
import { hexOf } from '../integers.ts'
import { handleText, readFields, type SmbiosVersion } from './field.ts'
import { type OemTypes, oemTypesOf } from './oem-types.ts'
import { structureTypes } from './structure-types.ts'
import {
  decodeEntryPoint,
  decodeTable,
  type SmbiosEntryPoint,
  type SmbiosIssue,
  type SmbiosStructure,
} from './table.ts'

/**
 * One structure with all that DSP0134, or for OEM types its maker, says of it; what the standard does
 * not define stays as bytes too.
 */
export function decodeStructure(
  structure: SmbiosStructure,
  version: SmbiosVersion,
  oemTypes: OemTypes = () => undefined,
): SmbiosDump['structures'][number] {
  const { type, handle, bytes, strings } = structure
  const standard = structureTypes.get(type)
  const known = standard ?? oemTypes(structure)
  return {
    handle: handleText(handle),
    type,
    name: known?.name ?? (type >= 128 ? 'OEM-specific' : 'Unknown'),
    lengthBytes: bytes.length,
    fields: known === undefined ? null : readFields(known.fields, structure, version),
    raw: standard === undefined ? { bytes: hexOf(bytes), strings: [...strings] } : null,
  }
}

/**
 * A whole SMBIOS table out of one file: what `dmidecode --dump-bin` writes, an entry point with the
 * table behind it, or the table alone as /sys/firmware/dmi/tables/DMI has it.
 */
export function decodeSmbiosFile(file: Uint8Array): SmbiosDump {
  const { entryPoint, anchor, table } = partsOf(file)
  const { structures, issues } = decodeTable(table, entryPoint)
  if (structures.length === 0) throw new DecodeError('Cannot read SMBIOS table: no structure in it')
  const oemTypes = oemTypesOf(structures)
  return {
    version: anchor === null ? null : `${entryPoint.major}.${entryPoint.minor}`,
    entryPoint: anchor,
    structures: structures.map((structure) => decodeStructure(structure, entryPoint, oemTypes)),
    findings: [...issues, ...tableIssues(structures)].map(({ code, message }) => ({
      code,
      severity: 'warning',
      subject: 'smbios',
      message,
    })),
  }
}

/** What is wrong with structures that could be read. */
export function tableIssues(structures: readonly SmbiosStructure[]): readonly SmbiosIssue[] {
  const issues: SmbiosIssue[] = []
  const seen = new Set<number>()
  for (const { handle, type } of structures) {
    if (seen.has(handle)) {
      const message = `SMBIOS handle ${handleText(handle)} is used twice, again by type ${type}`
      issues.push({ code: 'smbios.handle-twice', message })
    }
    seen.add(handle)
  }
  return issues
}

const anchors = ['_SM3_', '_SM_', '_DMI_'] as const

function partsOf(file: Uint8Array): {
  readonly entryPoint: SmbiosEntryPoint
  readonly anchor: (typeof anchors)[number] | null
  readonly table: Uint8Array
} {
  const head = new TextDecoder('latin1').decode(file.subarray(0, 5))
  const anchor = anchors.find((one) => head.startsWith(one)) ?? null
  if (anchor === null) {
    // The newest version: without an entry point nothing says which.
    const known = { major: 3, minor: 7, structureCount: null, tableAddress: 0 }
    const entryPoint = { ...known, tableSizeBytes: file.length }
    return { entryPoint, anchor, table: file }
  }
  const entryPoint = decodeEntryPoint(file.subarray(0, 32))
  return { entryPoint, anchor, table: file.subarray(tableStart(file, anchor, entryPoint)) }
}

/** Where the entry point says, if that is in the file; else right behind it, or padded to 32 bytes. */
function tableStart(file: Uint8Array, anchor: string, { tableAddress }: SmbiosEntryPoint): number {
  const length = anchor === '_SM3_' ? (file[6] ?? 24) : anchor === '_SM_' ? (file[5] ?? 31) : 15
  if (tableAddress >= length && tableAddress + 4 <= file.length) return tableAddress
  const padded = file.subarray(length, 32).every((byte) => byte === 0)
  return padded ? 32 : length
}
