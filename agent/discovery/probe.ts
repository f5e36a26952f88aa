import type { Finding } from '../../protocol/facts/finding.ts'
import type { FactClass } from '../../protocol/facts/classes.ts'
import type { FactsOf } from '../../protocol/facts/inventory.ts'
import type { Host } from '../host.ts'

/** What a probe found: facts, and what the operator should know of them. */
export interface Reading<T> {
  readonly facts: T
  readonly findings: readonly Finding[]
}

/** Reads the facts of one class. A failure is thrown; `runProbe` turns it into a finding. */
export interface Probe<C extends FactClass> {
  readonly class: C
  read(host: Host): Promise<Reading<FactsOf<C>>>
}

/** Runs `jobs` side by side and gives their results in order. */
export function all<T, R>(items: readonly T[], job: (item: T) => Promise<R>): Promise<R[]> {
  return Promise.all(items.map((item) => job(item)))
}
