import type { Explanation, Remedy } from '../../protocol/explanation.ts'
import { constraintText } from '../../protocol/request/constraint.ts'
import type { RequestChange } from '../../protocol/request/change.ts'
import type { Request } from '../../protocol/request.ts'
import type { ExplainedRole } from './explain-role.ts'
import type { Funnel } from './funnel.ts'
import { countCommon } from './index/bitset.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import { makePool, type PlacementQuery, terrainOf } from './pool.ts'
import { findPlacement } from './search.ts'

/** Flows for one try of a remedy: a fraction of what the match after it may use. */
const triedFlows = 200
/** Tries altogether, fewer in a large fleet, where each takes longer. */
function triesFor(machineCount: number): number {
  return Math.max(16, Math.min(64, Math.floor(1_000_000 / machineCount)))
}

export interface RemedyGround {
  readonly request: Request
  readonly query: PlacementQuery
  readonly funnels: readonly Funnel[]
  /** By role: changes of its clauses, and what they have to gain. */
  readonly roles: readonly Pick<ExplainedRole, 'relaxed' | 'near'>[]
  readonly index: FleetIndex
}

/** A request differing in what a remedy changes. */
interface Attempt {
  readonly query?: PlacementQuery
  readonly demand?: readonly number[]
  /** Machines more for a role, as bits, and how many of them are free. */
  readonly more?: { readonly role: number; readonly machines: Int32Array; readonly free: number }
}

/**
 * Changes of a request that make it match on the machines that are free: the smallest relaxation of
 * each clause, fewer machines, each constraint relaxed or dropped; a clause and the number together
 * where nothing less helps. Every one was tried.
 */
export function findRemedies(ground: RemedyGround): Explanation['remedies'] {
  const tries = new Tries(ground)
  // Clauses may be many: what is left of the tries is for them.
  const constraints = constraintRemedies(ground, tries)
  const counts = countRemedies(ground, tries)
  const single = [...clauseRemedies(ground, tries), ...constraints, ...counts]
  return (single.length > 0 ? single : pairRemedies(ground, tries)).slice(0, 16)
}

class Tries {
  readonly #ground: RemedyGround
  readonly #minimum: readonly number[]
  #left: number

  constructor(ground: RemedyGround) {
    this.#left = triesFor(Math.max(1, ground.index.size))
    this.#ground = ground
    this.#minimum = ground.request.roles.map((role) => role.count.min)
  }

  get areOver(): boolean {
    return this.#left <= 0
  }

  matches({ query, demand, more }: Attempt): boolean {
    const { index, funnels, request } = this.#ground
    const minimum = demand ?? this.#minimum
    const haveEnough = funnels.every(({ availability }, role) => {
      const free = availability.free + (more?.role === role ? more.free : 0)
      return free >= (minimum[role] ?? 0)
    })
    if (!haveEnough || this.areOver) return false
    if (funnels.length === 1 && request.constraints.length === 0) return true
    this.#left -= 1
    const tried =
      more === undefined
        ? funnels
        : funnels.map((funnel, role) =>
            role === more.role ? widened(funnel, more.machines, index) : funnel,
          )
    const pool = makePool(
      terrainOf(query ?? this.#ground.query, index),
      tried,
      minimum,
      index.free.words,
      index,
    )
    return findPlacement(pool.ground, { flows: triedFlows }).kind === 'placed'
  }
}

function widened(
  { eligible }: Funnel,
  machines: Int32Array,
  index: FleetIndex,
): Pick<Funnel, 'eligible'> {
  const words = index.scratch.take()
  for (let at = 0; at < words.length; at += 1) words[at] = (eligible[at] ?? 0) | (machines[at] ?? 0)
  return { eligible: words }
}

/** For each clause the smallest relaxation that is enough by itself. */
function clauseRemedies(
  { request, funnels, roles, index }: RemedyGround,
  tries: Tries,
): readonly Remedy[] {
  return request.roles.flatMap((role, at) => {
    const found: Remedy[] = []
    const done = new Set<number>()
    for (const { clause, relaxation, admitted } of roles[at]?.relaxed ?? []) {
      if (done.has(clause) || relaxation.admits.free === 0) continue
      const more = { role: at, machines: admitted, free: relaxation.admits.free }
      if (!tries.matches({ more })) continue
      done.add(clause)
      const text = `${funnels[at]?.clauses[clause]?.text ?? ''}: ${relaxation.text}`
      const change: RequestChange = {
        kind: 'clause',
        role: role.name,
        clause,
        match: relaxation.match,
      }
      found.push({ text: `role '${role.name}', ${text}`, changes: [change] })
    }
    for (const { origin, answer } of funnels[at]?.clauses ?? []) {
      if (origin === 'match') continue
      const { nearly = null } = roles[at]?.near ?? {}
      if (nearly === null) continue
      const machines = without(nearly, answer.yes, index)
      if (!machines.some((word) => word !== 0)) continue
      // Attestation is asked of all roles at once: with several of them, of no single one.
      if (origin === 'security' && request.roles.length > 1) continue
      const free = countCommon(machines, index.free.words)
      if (!tries.matches({ more: { role: at, machines, free } })) continue
      found.push(
        origin === 'machines'
          ? {
              text: `role '${role.name}', other machines than those named`,
              changes: [{ kind: 'machines', role: role.name }],
            }
          : { text: 'machines that are not attested, too', changes: [{ kind: 'attested' }] },
      )
    }
    return found
  })
}

function without(words: Int32Array, others: Int32Array, index: FleetIndex): Int32Array {
  const rest = index.scratch.take()
  for (let at = 0; at < rest.length; at += 1) rest[at] = (words[at] ?? 0) & ~(others[at] ?? 0)
  return rest
}

function constraintRemedies({ request, query }: RemedyGround, tries: Tries): readonly Remedy[] {
  return request.constraints.flatMap((constraint, at): readonly Remedy[] => {
    const without = query.constraints.filter((_, index) => index !== at)
    if (!tries.matches({ query: { ...query, constraints: without } })) return []
    if (constraint.kind === 'spread') {
      const most = request.roles.reduce((sum, role) => sum + role.count.min, 0)
      const max = leastThat(constraint.max + 1, most, (max) =>
        tries.matches({
          query: {
            ...query,
            constraints: query.constraints.map((other, index) =>
              index === at ? { ...constraint, max } : other,
            ),
          },
        }),
      )
      if (max !== null) {
        const text = constraintText({ ...constraint, max })
        return [{ text, changes: [{ kind: 'constraint', constraint: at, max }] }]
      }
    }
    const text = `without '${constraintText(constraint)}'`
    return [{ text, changes: [{ kind: 'constraint', constraint: at, max: null }] }]
  })
}

/** For each role the most machines there are for it. */
function countRemedies({ request }: RemedyGround, tries: Tries): readonly Remedy[] {
  const minimum = request.roles.map((role) => role.count.min)
  return request.roles.flatMap((role, at): readonly Remedy[] => {
    const demandWith = (count: number) => minimum.map((own, index) => (index === at ? count : own))
    // The least number taken away that helps.
    const less = leastThat(1, role.count.min - 1, (less) =>
      tries.matches({ demand: demandWith(role.count.min - less) }),
    )
    if (less === null) return []
    const count = role.count.min - less
    return [
      {
        text: `role '${role.name}', ${count} instead of ${role.count.min}`,
        changes: [{ kind: 'count', role: role.name, count }],
      },
    ]
  })
}

/** A role with both fewer machines and a wider clause. */
function pairRemedies({ request, funnels, roles }: RemedyGround, tries: Tries): readonly Remedy[] {
  const found: Remedy[] = []
  request.roles.forEach((role, at) => {
    for (const { clause, relaxation, admitted } of roles[at]?.relaxed ?? []) {
      if (relaxation.admits.free === 0 || role.count.min === 1 || found.length > 3) continue
      const demandWith = (count: number) =>
        request.roles.map((other, index) => (index === at ? count : other.count.min))
      const less = leastThat(1, role.count.min - 1, (less) =>
        tries.matches({
          more: { role: at, machines: admitted, free: relaxation.admits.free },
          demand: demandWith(role.count.min - less),
        }),
      )
      if (less === null) continue
      const count = role.count.min - less
      const text = funnels[at]?.clauses[clause]?.text ?? ''
      found.push({
        text: `role '${role.name}', ${count} instead of ${role.count.min}, and ${text}: ${relaxation.text}`,
        changes: [
          { kind: 'count', role: role.name, count },
          { kind: 'clause', role: role.name, clause, match: relaxation.match },
        ],
      })
    }
  })
  return found
}

/** The least number in a range for which something holds that holds for all larger ones, too. */
function leastThat(low: number, high: number, holds: (value: number) => boolean): number | null {
  if (low > high || !holds(high)) return null
  let least = high
  let from = low
  while (from < least) {
    const middle = (from + least) >> 1
    if (holds(middle)) least = middle
    else from = middle + 1
  }
  return least
}
