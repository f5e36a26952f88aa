import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../protocol/effects.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { type FactClass, factClasses } from '../../protocol/facts/classes.ts'
import { type FactsOf } from '../../protocol/facts/inventory.ts'
import type { Host } from '../host.ts'
import type { Probe } from './probe.ts'
import { probes } from './probes/registry.ts'
import { runProbe } from './run-probe.ts'

/** What discovery tells as it goes. `elapsedSeconds` counts from the start of discovery. */
export type DiscoveryEvent =
  | {
      readonly kind: 'facts'
      readonly class: FactClass
      readonly facts: FactsOf<FactClass>
      readonly elapsedSeconds: number
    }
  | { readonly kind: 'finding'; readonly finding: Finding }

/** What a driver that is still being loaded adds to. */
const lateClasses: ReadonlySet<FactClass> = new Set([
  'storage',
  'usb',
  'pci',
  'neighbors',
  'tpm',
  'bmc',
  'sensors',
])

/** A probe still running then is given up: every kernel file answers, or never will. */
export const probeDeadlineMs = 60_000

/**
 * Runs all probes at once and tells each result when it is there; none waits for another. Resolves
 * when every probe has ended, was given up or `signal` aborted, and never rejects for a probe. Where
 * devices still appear, the probes that list them wait for `settled`.
 */
export async function discover(
  host: Host,
  clock: Clock,
  emit: (event: DiscoveryEvent) => void,
  signal: AbortSignal,
  settled: Promise<unknown> = Promise.resolve(),
): Promise<void> {
  const started = clock.monotonic()
  const ended = new AbortController()
  const stopped = refuse(clock, signal, ended.signal)
  // A refusal that nobody waits for any more is no unhandled one.
  stopped.catch(() => undefined)
  const run = async (name: FactClass) => {
    if (lateClasses.has(name)) await Promise.race([settled, stopped]).catch(() => undefined)
    const probe: Probe<FactClass> = await probes[name]()
    const outcome = await runProbe(probe, host, stopped)
    if (signal.aborted) return
    const { facts, findings } = outcome
    const elapsedSeconds = (clock.monotonic() - started) / 1000
    if (facts !== null) emit({ kind: 'facts', class: name, facts, elapsedSeconds })
    for (const finding of findings) emit({ kind: 'finding', finding })
  }
  const running: Promise<void>[] = []
  for (const name of factClasses) {
    running.push(run(name))
    // What the earlier ones read may arrive while the next one is being loaded.
    await setImmediate()
  }
  await Promise.all(running)
  ended.abort()
}

/** Rejects when the deadline passes or `signal` aborts, whichever is first. */
async function refuse(clock: Clock, signal: AbortSignal, ended: AbortSignal): Promise<never> {
  await clock.sleep(probeDeadlineMs, AbortSignal.any([signal, ended]))
  throw new Error(`Cannot finish the probe: it took over ${probeDeadlineMs / 1000} s`)
}
