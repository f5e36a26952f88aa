import type { CandidateAvailability } from '../../matching/candidate.ts'
import { funnelOf } from '../../matching/funnel.ts'
import { countBits } from '../../matching/index/bitset.ts'
import type { FleetIndex } from '../../matching/index/fleet-index.ts'
import { matchIn } from '../../matching/match.ts'
import { availabilityIn, requestFor } from '../../reservations/pin-machines.ts'
import { availabilityToAnybody, type FleetMatcher } from './fleet-matcher.ts'
import { placeable } from './placeable.ts'
import type { PinOrder } from './question.ts'

/**
 * The machines that a reservation keeps: those it has, as far as they still serve, and others in
 * place of the rest. Fewer than wanted where there are not enough. By id.
 */
export function pin(matcher: FleetMatcher, order: PinOrder): readonly string[] {
  const special = new Map<string, CandidateAvailability>()
  for (const standing of matcher.standings()) {
    const availability = availabilityIn(standing, order.window)
    if (availability.kind === availabilityToAnybody(standing).kind) continue
    special.set(standing.id, availability)
  }
  return matcher.look({ special, reservationId: null, counted: [] }, (index) => pinIn(index, order))
}

function pinIn(index: FleetIndex, { match, count, held }: PinOrder): readonly string[] {
  const fitting = fittingIn(index, match)
  const kept = held.filter((id) => has(fitting, index.slotOf(id))).toSorted()
  const wanted = count - kept.length
  if (wanted <= 0) return kept.slice(0, count)
  const own = new Int32Array(index.wordCount)
  for (const id of held) add(own, index.slotOf(id))
  const found = takenOf(index, match, wanted, own)
  if (found.length > 0) return [...kept, ...found].toSorted()
  const left = fitting.map((word, at) => word & ~(own[at] ?? 0))
  return [...kept, ...index.firstIds(left, countBits(left), wanted)].toSorted()
}

/** As many others as wanted; none where there are not so many. */
function takenOf(
  index: FleetIndex,
  match: unknown,
  wanted: number,
  own: Int32Array,
): readonly string[] {
  using undone = new DisposableStack()
  undone.use(index.block(own, 'the reservation has it'))
  const request = requestFor(match, wanted)
  if (!placeable(index, request, '').isPlaced()) return []
  const outcome = matchIn(index, request)
  if (outcome.kind === 'unmatched') return []
  return outcome.assignments.flatMap((assignment) => assignment.machines)
}

/** Machines that meet the condition and are free in the window, as bits. */
function fittingIn(index: FleetIndex, match: unknown): Int32Array {
  index.scratch.reset(index.wordCount)
  const request = requestFor(match, 1)
  const words = index.free.words.slice()
  for (const role of request.roles) {
    const { eligible } = funnelOf(request, role, index)
    for (let at = 0; at < words.length; at += 1) words[at] = (words[at] ?? 0) & (eligible[at] ?? 0)
  }
  return words
}

function has(words: Int32Array, slot: number | null): boolean {
  return slot !== null && ((words[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0
}

function add(words: Int32Array, slot: number | null): void {
  if (slot !== null) words[slot >>> 5] = (words[slot >>> 5] ?? 0) | (1 << (slot & 31))
}
