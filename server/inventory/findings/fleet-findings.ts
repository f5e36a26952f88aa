import type { FleetFinding } from '../../../protocol/api.ts'
import { duplicates } from './fleet-duplicates.ts'
import { mixedAcrossFleet } from './fleet-firmware.ts'
import type { FleetMember } from './fleet-member.ts'
import { missingParts } from './fleet-missing.ts'

/** What shows only where machines stand beside each other: one serial twice, one machine unlike all. */
export function fleetFindings(machines: readonly FleetMember[]): readonly FleetFinding[] {
  return [...duplicates(machines), ...mixedAcrossFleet(machines), ...missingParts(machines)]
}
