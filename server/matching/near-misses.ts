import type { Funnel } from './funnel.ts'
import type { Answer } from './index/answer.ts'
import { countCommon, keepCommon, popCount } from './index/bitset.ts'
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
  const answers = clauses.map((clause) => clause.answer)
  const count = missOnce(answers, nearly, index)
  const unknown = countUnsure(answers, index)
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

/** Writes those that miss exactly one clause to `nearly` and counts them. */
function missOnce(answers: readonly Answer[], nearly: Int32Array, index: FleetIndex): number {
  const once = index.scratch.zeros()
  const twice = index.scratch.zeros()
  const all = index.live.words
  for (let from = 0; from < answers.length; from += 4) {
    // Arrays of their own, so that the loop over machines looks nothing up.
    const yes = (at: number) => answers[from + at]?.yes ?? all
    missFour(all, once, twice, yes(0), yes(1), yes(2), yes(3))
  }
  let count = 0
  for (let at = 0; at < nearly.length; at += 1) {
    const word = (once[at] ?? 0) & ~(twice[at] ?? 0)
    nearly[at] = word
    count = (count + popCount(word)) | 0
  }
  return count
}

/** Adds machines that do not pass: to `once`, and to `twice` those that are in `once` already. */
function missFour(
  all: Int32Array,
  once: Int32Array,
  twice: Int32Array,
  first: Int32Array,
  second: Int32Array,
  third: Int32Array,
  fourth: Int32Array,
): void {
  for (let at = 0; at < all.length; at += 1) {
    const here = all[at] ?? 0
    const a = here & ~(first[at] ?? 0)
    const b = here & ~(second[at] ?? 0)
    const c = here & ~(third[at] ?? 0)
    const d = here & ~(fourth[at] ?? 0)
    const before = once[at] ?? 0
    const left = a | b
    const right = c | d
    const again = (before & (left | right)) | (left & right) | (a & b) | (c & d)
    twice[at] = (twice[at] ?? 0) | again
    once[at] = before | left | right
  }
}

/** How many machines pass no worse than by not being known to fail, and do not pass. */
function countUnsure(answers: readonly Answer[], index: FleetIndex): number {
  if (answers.every(({ unknownCount }) => unknownCount === 0)) return 0
  if (answers.some(({ yesCount, unknownCount }) => yesCount + unknownCount === 0)) return 0
  const passed = index.scratch.take()
  const maybe = index.scratch.take()
  passed.set(index.live.words)
  maybe.set(index.live.words)
  let [sure, open] = [0, 0]
  for (const { yes, unknown, unknownCount } of answers) {
    sure = keepCommon(passed, yes)
    if (unknownCount === 0) {
      open = keepCommon(maybe, yes)
      continue
    }
    const either = index.scratch.take()
    for (let at = 0; at < either.length; at += 1) either[at] = (yes[at] ?? 0) | (unknown[at] ?? 0)
    open = keepCommon(maybe, either)
  }
  return open - sure
}

function countWithout(words: Int32Array, without: Int32Array): number {
  let count = 0
  for (let at = 0; at < words.length; at += 1) {
    count = (count + popCount((words[at] ?? 0) & ~(without[at] ?? 0))) | 0
  }
  return count
}
