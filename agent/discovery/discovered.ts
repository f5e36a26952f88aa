import type { Clock } from '../../protocol/effects.ts'
import { type FactClass, factClasses } from '../../protocol/facts/classes.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import type { Host } from '../host.ts'
import { checkFacts } from './check-facts.ts'
import { discover } from './discover.ts'

/** What `assay-agent discover` prints. */
export interface Discovered {
  /** Facts by class, as `protocol/facts` types them; a class whose probe failed is not there. */
  readonly facts: Readonly<Partial<Record<FactClass, unknown>>>
  readonly findings: readonly Finding[]
}

/** Everything all probes find; facts that are not in their schema have become findings. */
export async function discovered(
  host: Host,
  clock: Clock,
  signal: AbortSignal,
): Promise<Discovered> {
  const facts: Partial<Record<FactClass, unknown>> = {}
  const findings: Finding[] = []
  await discover(
    host,
    clock,
    (event) => {
      const checked = checkFacts(event)
      if (checked.kind === 'facts') facts[checked.class] = checked.facts
      else findings.push(checked.finding)
    },
    signal,
  )
  // In the order of the classes, whichever probe was first.
  const ordered = factClasses.flatMap((name) => (name in facts ? [[name, facts[name]]] : []))
  return { facts: Object.fromEntries(ordered), findings: findings.toSorted(byPlace) }
}

function byPlace(a: Finding, b: Finding): number {
  return `${a.code} ${a.subject}`.localeCompare(`${b.code} ${b.subject}`)
}
