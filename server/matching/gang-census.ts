import type { Constraint } from '../../protocol/request/constraint.ts'
import type { Request, Role } from '../../protocol/request.ts'
import { type Funnel, funnelOf } from './funnel.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import { labelLevel, type Level, railLevel } from './topology.ts'

/** A request of a kind the site wants to be able to serve: machines of one role in one domain. */
export interface GangProfile {
  readonly name: string
  readonly request: Request
}

/** The machines of a gang profile, counted by domain. */
export interface GangCensus {
  readonly name: string
  /** Name of its level, see `Level`; null: the whole fleet is one domain. */
  readonly levelName: string | null
  readonly level: Level | null
  /** Machines of one gang. */
  readonly size: number
  readonly funnel: Funnel
  /** Free machines by domain. */
  readonly free: ReadonlyMap<number, number>
  /** Gangs that would not fit any more if `count` of the profile's machines left a domain. */
  lostBy(code: number, count: number): number
}

/** The domain where levels do not matter. */
export const wholeFleet = 0

/**
 * Counts for a profile: its first role, and the first constraint that keeps it in one domain. The
 * counts are good until the index changes.
 */
export function gangCensus({ name, request }: GangProfile, index: FleetIndex): GangCensus | null {
  const [role] = request.roles
  if (role === undefined) return null
  const level = levelOf(request.constraints, role, index)
  const funnel = funnelOf(request, role, index)
  const free = countByDomain(funnel.eligible, index.free.words, level)
  const size = role.count.min
  return {
    name,
    levelName: level?.name ?? null,
    level,
    size,
    funnel,
    free,
    lostBy: (code, count) => {
      const before = free.get(code) ?? 0
      return Math.floor(before / size) - Math.floor(Math.max(0, before - count) / size)
    },
  }
}

/** Gangs that fit at the same time. */
export function gangsThatFit({ free, size }: Pick<GangCensus, 'free' | 'size'>): number {
  return [...free.values()].reduce((sum, count) => sum + Math.floor(count / size), 0)
}

/** Machines of both sets of bits, by domain. */
export function countByDomain(
  eligible: Int32Array,
  population: Int32Array,
  level: Level | null,
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (let at = 0; at < eligible.length; at += 1) {
    let word = (eligible[at] ?? 0) & (population[at] ?? 0)
    for (; word !== 0; word &= word - 1) {
      const slot = (at << 5) | (31 - Math.clz32(word & -word))
      const code = level === null ? wholeFleet : level.domainAt(slot)
      if (code >= 0) counts.set(code, (counts.get(code) ?? 0) + 1)
    }
  }
  return counts
}

function levelOf(constraints: readonly Constraint[], role: Role, index: FleetIndex): Level | null {
  for (const constraint of constraints) {
    if (!constraint.roles.includes(role.name)) continue
    if (constraint.kind === 'same') return labelLevel(index, constraint.level)
    if (constraint.kind === 'same-per-rail') return railLevel(index, constraint.level, 'refuse')
    const [nearest] = constraint.kind === 'max-distance' ? constraint.levels : []
    if (nearest !== undefined) return labelLevel(index, nearest)
  }
  return null
}
