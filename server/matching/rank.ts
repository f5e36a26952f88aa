import type { Preference } from '../../protocol/request/hardware.ts'
import { attestedAttribute } from '../../protocol/request/policy.ts'
import type { Request, RoleChoice } from '../../protocol/request.ts'
import type { Clause, Funnel } from './funnel.ts'
import { countDevices, compile } from './evaluate.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import { ListColumn } from './index/list-column.ts'
import { NumericColumn } from './index/numeric-column.ts'

/** Why one machine comes before another for a role, see `Choice` of the explanation. */
export interface Score {
  /** More is better. */
  readonly preference: number
  /** Less is better. */
  readonly scarcity: number
  /** Less is better. */
  readonly surplus: number
}

/** A number for each machine, by slot. */
type Figure = (slot: number) => number

/** What speaks for the machines of a role, apart from where they stand. */
export interface Scorer {
  /** Whether the request prefers anything: if not, every preference is 0. */
  readonly hasPreference: boolean
  preference(slot: number): number
  scarcity(slot: number): number
  surplus(slot: number): number
}

/**
 * Scores of machines for a role: what the request prefers, then keeping rare machines for those who
 * need them, then the tightest fit.
 */
export function scorerOf(
  request: Pick<Request, 'security'>,
  role: RoleChoice,
  funnel: Funnel,
  index: FleetIndex,
): Scorer {
  const wanted: readonly Preference[] =
    request.security.attested === 'preferred'
      ? [...role.prefer, { attribute: attestedAttribute, order: 'high', weight: 1 }]
      : role.prefer
  const preferences = wanted.map((preference) => preferenceOf(preference, funnel.eligible, index))
  const surpluses = funnel.clauses.flatMap((clause) => surplusOf(clause, index))
  return {
    hasPreference: preferences.length > 0,
    preference: (slot) => total(preferences, slot),
    scarcity: (slot) => index.scarcity(slot),
    surplus: (slot) => total(surpluses, slot),
  }
}

/** Sums of floats in the order of the request, rounded so that no last bit decides. */
function total(figures: readonly Figure[], slot: number): number {
  let sum = 0
  for (const figure of figures) sum += figure(slot)
  return Math.round(sum * 1e6) / 1e6
}

/** A preference scaled to 0..weight over the eligible machines. */
function preferenceOf(
  { attribute, order, weight }: Preference,
  eligible: Int32Array,
  index: FleetIndex,
): Figure {
  const column = index.column(attribute)
  const floats = column instanceof NumericColumn ? column.floats : null
  const numberAt = (slot: number) => (floats === null ? column.number(slot) : (floats[slot] ?? 0))
  let low = Infinity
  let high = -Infinity
  for (let at = 0; at < eligible.length; at += 1) {
    for (let rest = eligible[at] ?? 0; rest !== 0; rest &= rest - 1) {
      const value = numberAt((at << 5) | (31 - Math.clz32(rest & -rest)))
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return (slot) => {
    const value = numberAt(slot)
    // An unknown figure is no reason to choose a machine.
    if (Number.isNaN(value)) return 0
    if (high === low) return weight
    const share = (value - low) / (high - low)
    return weight * (order === 'high' ? share : 1 - share)
  }
}

/** What a machine has beyond a lower bound, as a ratio of the bound. */
function surplusOf({ expression: clause }: Clause, index: FleetIndex): readonly Figure[] {
  if (clause?.kind !== 'compare' && clause?.kind !== 'count') return []
  if (clause.operator !== 'gte' && clause.operator !== 'gt') return []
  if (typeof clause.value !== 'bigint') return []
  const bound = Number(clause.value)
  const column = index.column(clause.attribute)
  const beyond = (value: number) =>
    Number.isNaN(value) ? 0 : Math.max(0, value - bound) / Math.max(1, bound)
  if (clause.kind === 'compare') return [(slot) => beyond(column.number(slot))]
  if (!(column instanceof ListColumn)) return []
  const view = column.view(clause)
  const where = clause.where === null ? null : compile(clause.where)
  return [(slot) => beyond(countDevices(view.valueAt(slot), where)?.lowest ?? Number.NaN)]
}
