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
  const nearly = index.scratch.take()
  const { count, unknown } = missOnce(
    clauses.map((clause) => clause.answer),
    nearly,
    index.live.words,
  )
  const failsOnly = new Int32Array(clauses.length)
  const unknownOnly = new Int32Array(clauses.length)
  // Each of them misses one clause alone. Most miss the one that lets the fewest through: first.
  let left = count
  const order = clauses
    .map(({ answer }, clause) => ({ answer, clause }))
    .toSorted((a, b) => a.answer.yesCount - b.answer.yesCount)
  for (const { answer, clause } of order) {
    if (left === 0) break
    const missed = countWithout(nearly, answer.yes)
    const unsure = answer.unknownCount === 0 ? 0 : countCommon(nearly, answer.unknown)
    failsOnly[clause] = missed - unsure
    unknownOnly[clause] = unsure
    left -= missed
  }
  return { nearly, unknown, failsOnly, unknownOnly }
}

/**
 * Writes those that miss exactly one clause to `nearly`. `unknown`: of those that miss any, how many
 * fail none for sure.
 */
function missOnce(
  answers: readonly Answer[],
  nearly: Int32Array,
  live: Int32Array,
): { readonly count: number; readonly unknown: number } {
  const asked = answers.map(({ yes }) => yes)
  const unsure = answers.map((answer) => (answer.unknownCount === 0 ? null : answer.unknown))
  let [count, unknown] = [0, 0]
  for (let at = 0; at < live.length; at += 1) {
    const all = live[at] ?? 0
    let [once, twice, failed] = [0, 0, 0]
    for (let clause = 0; clause < asked.length; clause += 1) {
      const missed = all & ~(asked[clause]?.[at] ?? 0)
      twice |= once & missed
      once |= missed
      failed |= missed & ~(unsure[clause]?.[at] ?? 0)
    }
    const word = once & ~twice
    nearly[at] = word
    count = (count + popCount(word)) | 0
    if ((once & ~failed) !== 0) unknown += popCount(once & ~failed)
  }
  return { count, unknown }
}

function countWithout(words: Int32Array, without: Int32Array): number {
  let count = 0
  for (let at = 0; at < words.length; at += 1) {
    count = (count + popCount((words[at] ?? 0) & ~(without[at] ?? 0))) | 0
  }
  return count
}
