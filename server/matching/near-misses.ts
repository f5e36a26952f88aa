import type { Funnel } from './funnel.ts'
import { countCommon, popCount } from './index/bitset.ts'
import type { FleetIndex } from './index/fleet-index.ts'

/** Machines that a role misses by one clause: what there is to gain by changing it. */
export interface NearMisses {
  /** Machines that fail, or are unknown to, exactly one clause. */
  readonly nearly: Int32Array
  /** Machines that fail no clause, but whose answer to at least one is unknown. */
  readonly unknown: number
  /** By clause: machines that pass every other clause and fail this one. */
  readonly failsOnly: Int32Array
  readonly unknownOnly: Int32Array
}

/** Counted for roles that lack machines only: it costs more than finding those that fit. */
export function nearMissesOf({ clauses }: Pick<Funnel, 'clauses'>, index: FleetIndex): NearMisses {
  const live = index.live.words
  const once = index.scratch.zeros()
  const nearly = index.scratch.zeros()
  // `nearly` collects what fails twice first.
  for (const { answer } of clauses) addFailures(live, answer.yes, once, nearly)
  for (let at = 0; at < nearly.length; at += 1) nearly[at] = (once[at] ?? 0) & ~(nearly[at] ?? 0)
  const failsOnly = new Int32Array(clauses.length)
  const unknownOnly = new Int32Array(clauses.length)
  clauses.forEach(({ answer }, clause) => {
    const { yes, unknown, unknownCount } = answer
    const missed = countWithout(nearly, yes)
    const unsure = unknownCount === 0 ? 0 : countCommon(nearly, unknown)
    failsOnly[clause] = missed - unsure
    unknownOnly[clause] = unsure
  })
  return { nearly, unknown: countUnknown(clauses, once, index), failsOnly, unknownOnly }
}

function addFailures(live: Int32Array, yes: Int32Array, once: Int32Array, twice: Int32Array): void {
  for (let at = 0; at < live.length; at += 1) {
    const fails = (live[at] ?? 0) & ~(yes[at] ?? 0)
    const before = once[at] ?? 0
    twice[at] = (twice[at] ?? 0) | (before & fails)
    once[at] = before | fails
  }
}

function countWithout(words: Int32Array, without: Int32Array): number {
  let count = 0
  for (let at = 0; at < words.length; at += 1) {
    const word = (words[at] ?? 0) & ~(without[at] ?? 0)
    if (word !== 0) count += popCount(word)
  }
  return count
}

/** Machines in `once`, which pass not all clauses, but fail none of them for sure. */
function countUnknown(clauses: Funnel['clauses'], once: Int32Array, index: FleetIndex): number {
  if (clauses.every(({ answer }) => answer.unknownCount === 0)) return 0
  const possible = index.scratch.take()
  possible.set(once)
  for (const { answer } of clauses) {
    const { yes, unknown } = answer
    for (let at = 0; at < possible.length; at += 1) {
      const word = possible[at] ?? 0
      if (word !== 0) possible[at] = word & ((yes[at] ?? 0) | (unknown[at] ?? 0))
    }
  }
  return countCommon(possible, possible)
}
