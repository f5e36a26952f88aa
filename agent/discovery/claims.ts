import type { IdentityClaims } from '../../protocol/facts/claims.ts'
import { claimsFrom } from '../../protocol/facts/identity-evidence.ts'
import type { Host } from '../host.ts'
import { nicProbe } from './probes/nic.ts'
import { systemProbe } from './probes/system.ts'
import { runProbe } from './run-probe.ts'

/**
 * The machine's identity for the hello: two quick probes, no wait for discovery. A probe that fails
 * claims nothing here; discovery runs it again and reports why.
 */
export async function readClaims(host: Host): Promise<IdentityClaims> {
  const [system, nic] = await Promise.all([runProbe(systemProbe, host), runProbe(nicProbe, host)])
  return claimsFrom(system.facts, nic.facts?.interfaces ?? [])
}
