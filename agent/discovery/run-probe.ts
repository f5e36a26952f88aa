import { parseFacts } from '../../protocol/facts/inventory.ts'
import type { FactClass, FactsOf } from '../../protocol/facts/inventory.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import type { Host } from '../host.ts'
import { attempt } from './attempt.ts'
import type { Probe, Reading } from './probe.ts'

/** What came of a probe: facts null when it failed, and then a finding says why. */
export interface ProbeOutcome<C extends FactClass> {
  readonly facts: FactsOf<C> | null
  readonly findings: readonly Finding[]
}

/**
 * Runs a probe. Facts are held against their schema here, so that garbage a device gave is a finding
 * on this machine and never a message the server refuses. `stopped` rejects when the probe is to be
 * given up.
 */
export async function runProbe<C extends FactClass>(
  probe: Probe<C>,
  host: Host,
  stopped?: Promise<never>,
): Promise<ProbeOutcome<C>> {
  const outcome = await attempt('probe', probe.class, async (): Promise<Reading<FactsOf<C>>> => {
    const reading = probe.read(host)
    const { facts, findings } = await (stopped === undefined
      ? reading
      : Promise.race([reading, stopped]))
    return { facts: parseFacts(probe.class, facts), findings }
  })
  return outcome.kind === 'done' ? outcome.value : { facts: null, findings: [outcome.finding] }
}
