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

/** Adds a figure of each of some machines to their sums. */
type AddTo = (sums: Float64Array, slots: Int32Array) => void

/** What speaks for the machines of a role, apart from where they stand. */
export interface Scorer {
  preference(slot: number): number
  scarcity(slot: number): number
  surplus(slot: number): number
  /**
   * What machines are compared by first, less is better: what is preferred, or without that their
   * scarcity. In the index's buffer: good until the next call.
   */
  first(slots: Int32Array): Float64Array
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
  const addPreferences: AddTo = (sums, slots) => {
    for (const addTo of preferences) addTo(sums, slots)
  }
  return {
    preference(slot) {
      const sums = new Float64Array(1)
      addPreferences(sums, Int32Array.of(slot))
      return rounded(sums[0] ?? 0)
    },
    scarcity: (slot) => index.scarcity(slot),
    surplus(slot) {
      let sum = 0
      for (const figure of surpluses) sum += figure(slot)
      return rounded(sum)
    },
    first(slots) {
      const figures = index.figureBuffer.subarray(0, slots.length)
      if (preferences.length === 0) return index.scarcitiesOf(slots, figures)
      addPreferences(figures.fill(0), slots)
      for (let at = 0; at < figures.length; at += 1) figures[at] = -rounded(figures[at] ?? 0)
      return figures
    },
  }
}

/** Sums of floats in the order of the request are rounded so that no last bit decides. */
function rounded(sum: number): number {
  return Math.round(sum * 1e6) / 1e6
}

/** A preference scaled to 0..weight over the eligible machines. */
function preferenceOf(
  { attribute, order, weight }: Preference,
  eligible: Int32Array,
  index: FleetIndex,
): AddTo {
  const column = index.column(attribute)
  const floats = column instanceof NumericColumn ? column.floats : null
  const { low, high } =
    column instanceof NumericColumn
      ? (column.range(eligible) ?? nothing)
      : rangeOf(eligible, (slot) => column.number(slot))
  return (sums, slots) => {
    for (let at = 0; at < slots.length; at += 1) {
      const slot = slots[at] ?? 0
      const value = floats === null ? column.number(slot) : (floats[slot] ?? 0)
      // An unknown figure is no reason to choose a machine.
      if (Number.isNaN(value)) continue
      const share = high === low ? 1 : (value - low) / (high - low)
      const own = order === 'high' || high === low ? share : 1 - share
      sums[at] = (sums[at] ?? 0) + weight * own
    }
  }
}

const nothing = { low: Infinity, high: -Infinity }

/** The least and the greatest figure of some machines. */
function rangeOf(
  words: Int32Array,
  figure: Figure,
): { readonly low: number; readonly high: number } {
  let { low, high } = nothing
  for (let at = 0; at < words.length; at += 1) {
    for (let rest = words[at] ?? 0; rest !== 0; rest &= rest - 1) {
      const value = figure((at << 5) | (31 - Math.clz32(rest & -rest)))
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return { low, high }
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
  if (column instanceof NumericColumn) {
    const { floats } = column
    return [(slot) => beyond(floats[slot] ?? Number.NaN)]
  }
  if (clause.kind === 'compare') return [(slot) => beyond(column.number(slot))]
  if (!(column instanceof ListColumn)) return []
  const view = column.view(clause)
  const where = clause.where === null ? null : compile(clause.where)
  return [(slot) => beyond(countDevices(view.valueAt(slot), where)?.lowest ?? Number.NaN)]
}
