import type { FactClass } from '../../protocol/facts/classes.ts'
import type { FactsOf } from '../../protocol/facts/inventory.ts'
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
 * Runs a probe. `stopped` rejects when the probe is to be given up. The facts have not been held
 * against their schema yet: `checkFacts` does that before they leave the machine.
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
    return { facts, findings }
  })
  return outcome.kind === 'done' ? outcome.value : { facts: null, findings: [outcome.finding] }
}
