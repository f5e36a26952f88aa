import { DecodeError, errorChain } from '../../protocol/errors.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { type FactClass, type FactsOf, parseFacts } from '../../protocol/facts/inventory.ts'
import type { Host } from '../host.ts'
import type { Probe, Reading } from './probe.ts'

/** What came of a probe: facts null when it failed, and then a finding says why. */
export interface ProbeOutcome<C extends FactClass> {
  readonly facts: FactsOf<C> | null
  readonly findings: readonly Finding[]
}

/**
 * Runs a probe; the only place in discovery that catches. Facts are held against their schema here,
 * so that garbage a device gave is a finding on this machine and never a message the server refuses.
 */
export async function runProbe<C extends FactClass>(
  probe: Probe<C>,
  host: Host,
  stopped: Promise<never>,
): Promise<ProbeOutcome<C>> {
  try {
    const { facts, findings }: Reading<FactsOf<C>> = await Promise.race([probe.read(host), stopped])
    return { facts: parseFacts(probe.class, facts), findings }
  } catch (error) {
    const finding: Finding = {
      code: error instanceof DecodeError ? 'probe.malformed' : 'probe.failed',
      severity: 'error',
      subject: probe.class,
      message: errorChain(error).slice(0, 1024) || 'The probe failed without a message',
    }
    return { facts: null, findings: [finding] }
  }
}
