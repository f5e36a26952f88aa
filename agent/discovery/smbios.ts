import { DecodeError } from '../../protocol/errors.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import type { Host } from '../host.ts'
import {
  decodeEntryPoint,
  decodeTable,
  type SmbiosEntryPoint,
  type SmbiosStructure,
} from './decode/smbios/table.ts'
import { attempt } from './attempt.ts'
import { paths } from './paths.ts'

/** The machine's SMBIOS table. */
export interface MachineSmbios {
  /** Null when the machine has no table. */
  readonly version: { readonly major: number; readonly minor: number } | null
  readonly structures: readonly SmbiosStructure[]
  readonly findings: readonly Finding[]
}

/**
 * Reads and walks the table the kernel exports (kernel document sysfs-firmware-dmi-tables). One that
 * cannot be read is none, with a finding: the kernel's own files tell of the machine then.
 */
export async function readSmbios(host: Host): Promise<MachineSmbios> {
  const read = await attempt('smbios', 'smbios', () => readTable(host))
  return read.kind === 'done'
    ? read.value
    : { version: null, structures: [], findings: [read.finding] }
}

async function readTable(host: Host): Promise<MachineSmbios> {
  const [entryPointBytes, table] = await Promise.all([
    host.bytes(paths.dmiEntryPoint),
    host.bytes(paths.dmiTable),
  ])
  if (entryPointBytes === undefined || table === undefined) {
    return { version: null, structures: [], findings: [] }
  }
  const entryPoint = decodeEntryPoint(entryPointBytes)
  return { version: entryPoint, ...structuresIn(table, entryPoint) }
}

function structuresIn(table: Uint8Array, entryPoint: SmbiosEntryPoint) {
  const { structures, issues } = decodeTable(table, entryPoint)
  if (structures.length === 0) throw new DecodeError('Cannot read SMBIOS table: no structure in it')
  return {
    structures,
    findings: issues.map(({ code, message }): Finding => ({
      code,
      severity: 'warning',
      subject: 'smbios',
      message,
    })),
  }
}
