import type { IdentityClaims } from './claims.ts'
import type { Inventory } from './inventory.ts'
import type { NicFacts } from './nic.ts'
import type { SystemFacts } from './system.ts'

/** What an inventory says of the machine's identity, in the form of the hello's claims. */
export function identityEvidence(inventory: Pick<Inventory, 'system' | 'nic'>): IdentityClaims {
  return claimsFrom(inventory.system, inventory.nic?.interfaces ?? [])
}

/** Claims from the facts that carry them; null facts claim nothing. */
export function claimsFrom(
  system: Pick<SystemFacts, 'uuid' | 'serial' | 'baseboard'> | null,
  interfaces: readonly Pick<
    NicFacts['interfaces'][number],
    'mac' | 'macAssignment' | 'linkType' | 'physicalFunction'
  >[],
): IdentityClaims {
  const uuid = system?.uuid ?? null
  return {
    smbiosUuid: uuid === null || isSharedUuid(uuid) ? null : uuid,
    systemSerial: system?.serial ?? null,
    baseboardSerial: system?.baseboard?.serial ?? null,
    macs: [...new Set(interfaces.flatMap(identifyingMac))].sort(),
  }
}
