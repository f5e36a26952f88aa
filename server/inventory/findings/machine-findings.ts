import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Inventory } from '../../../protocol/facts/inventory.ts'
import { dimmFindings } from './dimm-findings.ts'
import { numaFindings } from './numa-findings.ts'
import { mixedFirmware } from './mixed-firmware.ts'

/**
 * What an inventory shows only as a whole: parts that are unlike their siblings. The agent reports
 * what one device says of itself; these come from the stored facts whenever they are read, so that a
 * new rule holds for old inspections too.
 */
export function machineFindings(inventory: Inventory): readonly Finding[] {
  return [
    ...(inventory.memory === null ? [] : dimmFindings(inventory.memory)),
    ...(inventory.numa === null ? [] : numaFindings(inventory.numa)),
    ...mixedFirmware(inventory),
  ]
}

/** The agent's findings and those of {@link machineFindings}, each once. */
export function withMachineFindings(
  told: readonly Finding[],
  inventory: Inventory,
): readonly Finding[] {
  const known = new Set(told.map(keyOf))
  return [...told, ...machineFindings(inventory).filter((one) => !known.has(keyOf(one)))]
}

function keyOf({ code, subject }: Finding): string {
  return `${code} ${subject}`
}
