import type { Explanation } from '../../protocol/explanation.ts'
import type { Funnel } from './funnel.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import type { SearchResult } from './search.ts'
import type { Level } from './topology.ts'

/** Machines listed that stand in the way. */
const maxBlockers = 20

export interface HeldMachine {
  readonly machine: string
  readonly heldBy: string
  readonly untilMs: number | null
  readonly slot: number
}

/** Who stands in the way, the soonest end first. */
export function blockersOf(held: readonly HeldMachine[]): Explanation['blockers'] {
  return held
    .slice(0, maxBlockers)
    .map(({ machine, heldBy, untilMs }) => ({ machine, heldBy, untilMs }))
}

/** The same of one role in one domain of a level, all of them; null: anywhere. */
export function inDomain(
  funnel: Funnel,
  level: Level | null,
  code: number,
  index: FleetIndex,
): Explanation['blockers'] {
  return heldMachines([funnel], index)
    .filter(({ slot }) => level === null || level.domainAt(slot) === code)
    .map(({ machine, heldBy, untilMs }) => ({ machine, heldBy, untilMs }))
}

/** The first moment at which enough held machines are due back; null when nobody can tell. */
export function earliestAt(
  held: readonly HeldMachine[],
  index: FleetIndex,
  search: (population: Int32Array) => SearchResult,
): number | null {
  const moments = [...new Set(held.flatMap(({ untilMs }) => untilMs ?? []))]
  const words = index.scratch.take()
  const isEnoughAt = (moment: number) => {
    words.set(index.free.words)
    for (const { untilMs, slot } of held) {
      if (untilMs === null || untilMs > moment) continue
      words[slot >>> 5] = (words[slot >>> 5] ?? 0) | (1 << (slot & 31))
    }
    return search(words).kind === 'placed'
  }
  let low = 0
  let high = moments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isEnoughAt(moments[middle] ?? 0)) high = middle
    else low = middle + 1
  }
  return moments[low] ?? null
}

/** Held machines that some role could use, soonest end first, then by id. `funnels` null: all held. */
export function heldMachines(
  funnels: readonly Funnel[] | null,
  index: FleetIndex,
): readonly HeldMachine[] {
  const held: HeldMachine[] = []
  for (let at = 0; at < index.wordCount; at += 1) {
    let word = funnels === null ? -1 : 0
    for (const { eligible } of funnels ?? []) word |= eligible[at] ?? 0
    word &= index.held.words[at] ?? 0
    for (; word !== 0; word &= word - 1) {
      const slot = (at << 5) | (31 - Math.clz32(word & -word))
      const availability = index.availabilityAt(slot)
      if (availability?.kind !== 'held') continue
      const { by: heldBy, untilMs } = availability
      held.push({ machine: index.idAt(slot), heldBy, untilMs, slot })
    }
  }
  return held.toSorted(
    (a, b) =>
      (a.untilMs ?? Infinity) - (b.untilMs ?? Infinity) || index.rank(a.slot) - index.rank(b.slot),
  )
}
