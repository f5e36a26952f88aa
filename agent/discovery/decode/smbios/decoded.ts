import { DecodeError } from '../../../../protocol/errors.ts'
import type { SmbiosDump } from '../../../../protocol/facts/smbios.ts'
import { hexOf } from '../integers.ts'
import { handleText, readFields, type SmbiosVersion } from './field.ts'
import { structureTypes } from './structure-types.ts'
import {
  decodeEntryPoint,
  decodeTable,
  type SmbiosEntryPoint,
  type SmbiosIssue,
  type SmbiosStructure,
} from './table.ts'

/** One structure with all that DSP0134 says of it; what it does not know stays as bytes. */
export function decodeStructure(
  structure: SmbiosStructure,
  version: SmbiosVersion,
): SmbiosDump['structures'][number] {
  const { type, handle, bytes, strings } = structure
  const known = structureTypes.get(type)
  return {
    handle: handleText(handle),
    type,
    name: known?.name ?? (type >= 128 ? 'OEM-specific' : 'Unknown'),
    lengthBytes: bytes.length,
    fields: known === undefined ? null : readFields(known.fields, structure, version),
    raw: known === undefined ? { bytes: hexOf(bytes), strings: [...strings] } : null,
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
  return {
    version: anchor === null ? null : `${entryPoint.major}.${entryPoint.minor}`,
    entryPoint: anchor,
    structures: structures.map((structure) => decodeStructure(structure, entryPoint)),
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
    const entryPoint = { major: 3, minor: 7, tableSizeBytes: file.length, structureCount: null }
    return { entryPoint, anchor, table: file }
  }
  const entryPoint = decodeEntryPoint(file.subarray(0, 32))
  return { entryPoint, anchor, table: file.subarray(tableStart(file, anchor)) }
}

/** dmidecode puts the table at byte 32; others right after the entry point. */
function tableStart(file: Uint8Array, anchor: string): number {
  const length = anchor === '_SM3_' ? (file[6] ?? 24) : anchor === '_SM_' ? (file[5] ?? 31) : 15
  const padded = file.subarray(length, 32).every((byte) => byte === 0)
  return padded ? 32 : length
}
