import type { SmbiosStructureFacts } from '../../../protocol/facts/smbios.ts'
import { printBoard } from './print-board.ts'
import { printDevices } from './print-devices.ts'
import { printOem } from './print-oem.ts'
import { printMemory } from './print-memory.ts'
import { printProcessor } from './print-processor.ts'
import { ascii, type PrintedFields } from './spelling.ts'

/** A structure as dmidecode 3.4 prints it; undefined values are fields it would not print. */
export function printStructure(structure: SmbiosStructureFacts): PrintedFields {
  const { type, fields, raw } = structure
  if (raw !== null) return { ...printRaw(raw), ...printOem(type, fields ?? {}) }
  if (fields === null) return {}
  return (
    printBoard(type, fields) ??
    printProcessor(type, fields) ??
    printMemory(type, fields) ??
    printDevices(type, fields) ??
    {}
  )
}

function printRaw({ bytes, strings }: NonNullable<SmbiosStructureFacts['raw']>): PrintedFields {
  const pairs = bytes.toUpperCase().match(/../g) ?? []
  const lines: string[] = []
  for (let at = 0; at < pairs.length; at += 16) lines.push(pairs.slice(at, at + 16).join(' '))
  return {
    'Header and Data': lines,
    ...(strings.length === 0 ? {} : { Strings: strings.map(ascii) }),
  }
}
