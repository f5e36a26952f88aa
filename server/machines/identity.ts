import type { IdentityClaims } from '../../protocol/facts/claims.ts'
import type { Evidence } from '../store/store.ts'

/**
 * What to make of a machine's claims, given the machines that share any of its evidence.
 * `conflict`: it must not be taken for any of them, and not silently for a new one either.
 */
export type IdentityVerdict =
  | { readonly kind: 'new' }
  | { readonly kind: 'known'; readonly machineId: string }
  | {
      readonly kind: 'conflict'
      readonly machineIds: readonly string[]
      readonly reason: string
    }

/** A machine's claims as it was enrolled. */
export interface KnownIdentity {
  readonly machineId: string
  readonly claims: IdentityClaims
}

/**
 * Compares claims piece by piece. A known machine is recognised when at least one strong piece (a
 * serial, a MAC address) agrees and none contradicts. The SMBIOS UUID is weak: it contradicts, but
 * does not recognise alone, because vendors ship the same one on many boards. Whatever is neither a
 * clean match nor free of any shared piece is a conflict, never a merge.
 */
export function judgeIdentity(
  claims: IdentityClaims,
  candidates: readonly KnownIdentity[],
): IdentityVerdict {
  const mine = usableClaims(claims)
  const compared = candidates
    .map(({ machineId, claims: other }) => ({ machineId, ...compare(mine, usableClaims(other)) }))
    .filter(({ strong, weak }) => strong.length + weak.length > 0)
  const clean = compared.filter(
    ({ strong, contradictions }) => strong.length > 0 && contradictions.length === 0,
  )
  const [only] = clean
  if (clean.length === 1 && only !== undefined) return { kind: 'known', machineId: only.machineId }
  if (compared.length === 0) return { kind: 'new' }
  const [first] = compared
  return {
    kind: 'conflict',
    machineIds: compared.map(({ machineId }) => machineId),
    reason:
      clean.length > 1 || first === undefined
        ? `its identity fits ${clean.length} machines at once`
        : describeConflict(first),
  }
}

/** Pieces of evidence that machines are looked up by. */
export function evidenceOf(claims: IdentityClaims): readonly Evidence[] {
  const { smbiosUuid, systemSerial, baseboardSerial, macs } = usableClaims(claims)
  const pieces: Evidence[] = macs.map((value) => ({ kind: 'mac', value }))
  if (smbiosUuid !== null) pieces.push({ kind: 'uuid', value: smbiosUuid })
  if (systemSerial !== null) pieces.push({ kind: 'system-serial', value: systemSerial })
  if (baseboardSerial !== null) pieces.push({ kind: 'baseboard-serial', value: baseboardSerial })
  return pieces
}

interface Comparison {
  readonly strong: readonly string[]
  readonly weak: readonly string[]
  readonly contradictions: readonly string[]
}

function compare(mine: IdentityClaims, other: IdentityClaims): Comparison {
  const strong: string[] = []
  const weak: string[] = []
  const contradictions: string[] = []
  const scalar = (name: string, a: string | null, b: string | null, agreeing: string[]) => {
    if (a === null || b === null) return
    ;(a === b ? agreeing : contradictions).push(name)
  }
  scalar('SMBIOS UUID', mine.smbiosUuid, other.smbiosUuid, weak)
  scalar('system serial', mine.systemSerial, other.systemSerial, strong)
  scalar('baseboard serial', mine.baseboardSerial, other.baseboardSerial, strong)
  if (mine.macs.length > 0 && other.macs.length > 0) {
    const known = new Set(other.macs)
    const agrees = mine.macs.some((mac) => known.has(mac))
    ;(agrees ? strong : contradictions).push('MAC addresses')
  }
  return { strong, weak, contradictions }
}

function describeConflict({
  machineId,
  strong,
  weak,
  contradictions,
}: Comparison & { readonly machineId: string }): string {
  const same = [...strong, ...weak].join(' and ')
  const different =
    contradictions.length > 0
      ? `but not the same ${contradictions.join(' and ')}`
      : 'and nothing else'
  return `has the same ${same} as machine '${machineId}', ${different}`
}

/** Claims without values that many machines share. */
function usableClaims(claims: IdentityClaims): IdentityClaims {
  const { smbiosUuid, systemSerial, baseboardSerial, macs } = claims
  return {
    smbiosUuid: smbiosUuid !== null && sharedUuids.has(smbiosUuid) ? null : smbiosUuid,
    systemSerial: usableSerial(systemSerial),
    baseboardSerial: usableSerial(baseboardSerial),
    macs: macs.filter((mac) => !/^(00:)+00$|^(ff:)+ff$/.test(mac)),
  }
}

function usableSerial(serial: string | null): string | null {
  if (serial === null) return null
  const word = serial.trim().toLowerCase()
  return sharedSerials.has(word) || /^(.)\1*$/.test(word) ? null : serial
}

/** Seen on many boards: DSP0134 "not set" values and known vendor templates. */
const sharedUuids: ReadonlySet<string> = new Set([
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '03000200-0400-0500-0006-000700080009',
  '00020003-0004-0005-0006-000700080009',
  '12345678-1234-5678-90ab-cddeefaabbcc',
  '12345678-1234-1234-1234-123456789abc',
  'fefefefe-fefe-fefe-fefe-fefefefefefe',
])

const sharedSerials: ReadonlySet<string> = new Set([
  '',
  'to be filled by o.e.m.',
  'to be filled by o.e.m',
  'default string',
  'system serial number',
  'base board serial number',
  'not specified',
  'not applicable',
  'not available',
  'none',
  'n/a',
  'unknown',
  'invalid',
  'empty',
  'oem',
  'o.e.m.',
  '0123456789',
  '123456789',
  '1234567890',
  'serial number',
  'chassis serial number',
])
