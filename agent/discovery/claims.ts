import type { IdentityClaims } from '../../protocol/facts/claims.ts'
import { claimsFrom } from '../../protocol/facts/identity-evidence.ts'
import type { Host } from '../host.ts'
import { attempt } from './attempt.ts'
import { paths } from './paths.ts'
import { readNamingInterfaces } from './probes/nic.ts'
import { systemProbe } from './probes/system.ts'
import { runProbe } from './run-probe.ts'

/**
 * The machine's identity for the hello: two quick probes, no wait for discovery. A probe that fails
 * claims nothing here; discovery runs it again and reports why.
 */
export async function readClaims(host: Host): Promise<IdentityClaims> {
  const [system, interfaces] = await Promise.all([
    runProbe(systemProbe, host),
    attempt('nic', 'nic', async () => readNamingInterfaces(host, await host.list(paths.net))),
  ])
  return claimsFrom(system.facts, interfaces.kind === 'done' ? interfaces.value.found : [])
}
