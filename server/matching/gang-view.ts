import type { Explanation } from '../../protocol/explanation.ts'
import {
  type GangCensus,
  type GangProfile,
  gangCensus,
  gangsThatFit,
  countByDomain,
  wholeFleet,
} from './gang-census.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import { inDomain } from './waiting.ts'

/** How a fleet stands for one kind of gang. */
export interface GangView {
  readonly profile: string
  /** Machines of one gang. */
  readonly size: number
  /** The largest gang that fits now, and where; null: no machine fits. */
  readonly largest: { readonly domain: string; readonly machines: number } | null
  /** The largest that would fit if nobody held any machine. */
  readonly largestIfFree: { readonly domain: string; readonly machines: number } | null
  /** Gangs of `size` that fit now, at the same time. */
  readonly gangs: number
  /** Where the fewest held machines stand in the way of one more gang; null: none do. */
  readonly next: NextGang | null
}

export interface NextGang {
  readonly domain: string
  /** Machines that are free there now beyond whole gangs, and how many more it takes. */
  readonly free: number
  readonly missing: number
  /** Who holds the machines that come free first, as many as are missing. */
  readonly blockers: Explanation['blockers']
  /** When these are due back; null when nobody can tell. */
  readonly earliestAtMs: number | null
}

/** Views of some profiles, in their order: what fits, and what keeps the next gang from fitting. */
export function gangViews(
  profiles: readonly GangProfile[],
  index: FleetIndex,
): readonly GangView[] {
  return profiles.flatMap((profile) => {
    index.scratch.reset(index.wordCount)
    const census = gangCensus(profile, index)
    return census === null ? [] : [viewOf(census, index)]
  })
}

/** Gangs of each profile that would not fit any more if some machines were taken. */
export function gangsLostBy(
  machines: readonly string[],
  profiles: readonly GangProfile[],
  index: FleetIndex,
): readonly { readonly profile: string; readonly gangs: number }[] {
  return profiles.flatMap((profile) => {
    index.scratch.reset(index.wordCount)
    const census = gangCensus(profile, index)
    if (census === null) return []
    const left = new Map(census.free)
    for (const id of machines) {
      const slot = index.slotOf(id)
      if (slot === null || !index.free.has(slot)) continue
      const isOwn = ((census.funnel.eligible[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0
      const code = census.level === null ? wholeFleet : census.level.domainAt(slot)
      if (isOwn && code >= 0) left.set(code, (left.get(code) ?? 0) - 1)
    }
    const after = gangsThatFit({ free: left, size: census.size })
    return [{ profile: profile.name, gangs: gangsThatFit(census) - after }]
  })
}

function viewOf(census: GangCensus, index: FleetIndex): GangView {
  const { name, size, free, funnel, level } = census
  const held = countByDomain(funnel.eligible, index.held.words, level)
  const both = new Map(free)
  for (const [code, count] of held) both.set(code, (both.get(code) ?? 0) + count)
  return {
    profile: name,
    size,
    largest: largestOf(free, census),
    largestIfFree: largestOf(both, census),
    gangs: gangsThatFit(census),
    next: nextOf(both, census, index),
  }
}

function nextOf(
  both: ReadonlyMap<number, number>,
  census: GangCensus,
  index: FleetIndex,
): NextGang | null {
  const { size, free, funnel, level } = census
  let best: { code: number; missing: number; name: string } | null = null
  for (const [code, count] of both) {
    const own = free.get(code) ?? 0
    const missing = size - (own % size)
    if (own + missing > count) continue
    const name = nameOf(code, census)
    const isBetter =
      best === null || missing < best.missing || (missing === best.missing && name < best.name)
    if (isBetter) best = { code, missing, name }
  }
  if (best === null) return null
  const { code, missing, name: domain } = best
  const blockers = inDomain(funnel, level, code, index).slice(0, missing)
  const last = blockers.at(-1)
  return {
    domain,
    free: (free.get(code) ?? 0) % size,
    missing,
    blockers: blockers.slice(0, 20),
    earliestAtMs: last?.untilMs ?? null,
  }
}

function largestOf(counts: ReadonlyMap<number, number>, census: GangCensus): GangView['largest'] {
  let best: { domain: string; machines: number } | null = null
  for (const [code, machines] of counts) {
    const domain = nameOf(code, census)
    const isBetter =
      best === null ||
      machines > best.machines ||
      (machines === best.machines && domain < best.domain)
    if (isBetter) best = { domain, machines }
  }
  return best
}

function nameOf(code: number, { level }: GangCensus): string {
  return level === null ? 'the whole fleet' : level.nameOf([code])
}
