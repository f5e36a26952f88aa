import type { Funnel } from './funnel.ts'
import type { Answer } from './index/answer.ts'
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
  const once = index.scratch.zeros()
  const nearly = index.scratch.zeros()
  const failed = index.scratch.zeros()
  // `nearly` collects what fails twice first.
  for (const { answer } of clauses) addFailures(index.live.words, answer, once, nearly, failed)
  let unknown = 0
  for (let at = 0; at < nearly.length; at += 1) {
    const word = once[at] ?? 0
    nearly[at] = word & ~(nearly[at] ?? 0)
    const unsure = word & ~(failed[at] ?? 0)
    if (unsure !== 0) unknown += popCount(unsure)
  }
  const failsOnly = new Int32Array(clauses.length)
  const unknownOnly = new Int32Array(clauses.length)
  clauses.forEach(({ answer }, clause) => {
    const missed = countWithout(nearly, answer.yes)
    const unsure = answer.unknownCount === 0 ? 0 : countCommon(nearly, answer.unknown)
    failsOnly[clause] = missed - unsure
    unknownOnly[clause] = unsure
  })
  return { nearly, unknown, failsOnly, unknownOnly }
}

/**
 * Adds the machines that do not pass a clause: to `twice` those that are in `once` already, to
 * `failed` those that fail it for sure.
 */
function addFailures(
  live: Int32Array,
  { yes, unknown }: Answer,
  once: Int32Array,
  twice: Int32Array,
  failed: Int32Array,
): void {
  for (let at = 0; at < live.length; at += 1) {
    const fails = (live[at] ?? 0) & ~(yes[at] ?? 0)
    const before = once[at] ?? 0
    twice[at] = (twice[at] ?? 0) | (before & fails)
    once[at] = before | fails
    failed[at] = (failed[at] ?? 0) | (fails & ~(unknown[at] ?? 0))
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
