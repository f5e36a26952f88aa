import type { IdentityClaims } from './claims.ts'
import type { Inventory } from './inventory.ts'
import type { NetworkInterface } from './nic.ts'
import type { SystemFacts } from './system.ts'

/** What of an interface can name the machine it is in. */
export type NamingInterface = Pick<
  NetworkInterface,
  'mac' | 'macAssignment' | 'linkType' | 'usbPath'
>

/** What an inventory says of the machine's identity, in the form of the hello's claims. */
export function identityEvidence(inventory: Pick<Inventory, 'system' | 'nic'>): IdentityClaims {
  return claimsFrom(inventory.system, inventory.nic?.interfaces ?? [])
}

/** Claims out of the facts that carry them; null facts claim nothing. */
export function claimsFrom(
  system: Pick<SystemFacts, 'uuid' | 'serial' | 'baseboard'> | null,
  interfaces: readonly NamingInterface[],
): IdentityClaims {
  const uuid = system?.uuid ?? null
  return {
    smbiosUuid: uuid === null || isSharedUuid(uuid) ? null : uuid,
    systemSerial: system?.serial ?? null,
    baseboardSerial: system?.baseboard?.serial ?? null,
    macs: [...new Set(interfaces.flatMap(namingAddress))].sort(),
  }
}

/**
 * UUIDs that makers left the same on many boards; a machine with one of these has no UUID. Zeros and
 * ones alone never get this far: SMBIOS gives them the meaning "not set".
 */
const sharedUuids = new Set([
  '00020003-0004-0005-0006-000700080009', // AMI's default, fields as written
  '03000200-0400-0500-0006-000700080009', // the same, decoded by version 2.6
  '00010203-0405-0607-0809-0a0b0c0d0e0f',
  '03020100-0504-0706-0809-0a0b0c0d0e0f',
  '11111111-2222-3333-4444-555555555555',
  '12345678-1234-5678-90ab-cddeefaabbcc',
  '12345678-1234-1234-1234-123456789abc',
  'fefefefe-fefe-fefe-fefe-fefefefefefe',
  '4c4c4544-0000-2010-8020-80c04f202020', // Dell boards without a service tag
])

/** True when so many machines carry `uuid` that it names none of them. */
export function isSharedUuid(uuid: string): boolean {
  return sharedUuids.has(uuid) || /^([0-9a-f])\1*$/.test(uuid.replaceAll('-', ''))
}

/**
 * Addresses that were made up or set name nothing that lasts. USB interfaces do not count: they
 * move, and those that lead to a BMC have the same address in every machine of a model.
 */
function namingAddress({ mac, macAssignment, linkType, usbPath }: NamingInterface): string[] {
  if (mac === null || usbPath !== null || /^[0:]+$/.test(mac)) return []
  if (macAssignment !== null && macAssignment !== 'permanent') return []
  // The first 12 of InfiniBand's 20 bytes are flags, queue pair and subnet; the GUID is what lasts.
  return [linkType === 'infiniband' ? mac.slice(-23) : mac]
}
