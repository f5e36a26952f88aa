import type { Preference } from '../../protocol/request/hardware.ts'
import { attestedAttribute } from '../../protocol/request/policy.ts'
import type { Request, RoleChoice } from '../../protocol/request.ts'
import type { Clause, Funnel } from './funnel.ts'
import { countDevices, compile } from './evaluate.ts'
import { Evenness, rateWear } from './evenness.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import type { Group } from './index/group.ts'
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
  /** Less is better; null: not known, or it was not looked at because the others decided. */
  readonly deviation: number | null
  /** Per cent, less is better; null: not known. */
  readonly wear: number | null
}

/** Writes how good each of some machines is by one thing, more is better. `figures` is as long. */
export type Criterion = (slots: Int32Array, figures: Float64Array) => void

/** What speaks for the machines of a role, apart from where they stand. */
export interface Scorer {
  /** By falling weight: a later one only tells machines apart that all before it do not. */
  readonly criteria: readonly Criterion[]
  /**
   * All machines in groups: by the first criterion none is better than one of a group before. Null:
   * there are no such groups, or making them would not pay.
   */
  groups(): Iterable<Group> | null
  score(slot: number): Score
}

/**
 * What machines of a role are compared by: what the request prefers, then keeping rare machines for
 * those who need them, the tightest fit, speeds that are alike, the least wear, and their ids.
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
  const preference = sumOf(wanted.map((each) => preferenceOf(each, funnel.eligible, index)))
  const surplus = sumOf(funnel.clauses.flatMap((clause) => surplusOf(clause, index)))
  const evenness = new Evenness(index)
  const scarcity: Criterion = (slots, figures) => {
    index.scarcitiesOf(slots, figures)
    negate(figures)
  }
  const deviation: Criterion = (slots, figures) => evenness.rate(slots, figures)
  const wear: Criterion = (slots, figures) => rateWear(slots, figures, index)
  const id: Criterion = (slots, figures) => {
    for (let at = 0; at < slots.length; at += 1) figures[at] = -index.rank(slots[at] ?? 0)
  }
  const least: Criterion = (slots, figures) => {
    surplus(slots, figures)
    negate(figures)
  }
  const always = [scarcity, least, deviation, wear, id]
  return {
    criteria: wanted.length === 0 ? always : [preference, ...always],
    groups: () =>
      wanted.length > 0
        ? groupsBy(wanted, index)
        : // What is least scarce is seldom what is asked for: worth it where most machines will do.
          funnel.availability.free > index.size / 16
          ? index.groupsByScarcity()
          : null,
    score: (slot) => ({
      preference: figureOf(preference, slot),
      scarcity: index.scarcity(slot),
      surplus: figureOf(surplus, slot),
      deviation: evenness.isUsed ? known(0 - figureOf(deviation, slot)) : null,
      wear: known(0 - figureOf(wear, slot)),
    }),
  }
}

/** By one preference; null: there are several. */
function groupsBy(
  [first, ...others]: readonly Preference[],
  index: FleetIndex,
): Iterable<Group> | null {
  const column = first === undefined ? null : index.column(first.attribute)
  return first !== undefined && others.length === 0 && column instanceof NumericColumn
    ? column.groups(first.order, index.live.words)
    : null
}

function figureOf(criterion: Criterion, slot: number): number {
  const figures = new Float64Array(1)
  criterion(Int32Array.of(slot), figures)
  return figures[0] ?? 0
}

function known(figure: number): number | null {
  return Number.isFinite(figure) ? figure : null
}

/** Of what is best when it is least. */
function negate(figures: Float64Array): void {
  for (let at = 0; at < figures.length; at += 1) figures[at] = 0 - (figures[at] ?? 0)
}

/** Adds a figure of each of some machines to their sums. */
type AddTo = (sums: Float64Array, slots: Int32Array) => void

function sumOf(parts: readonly AddTo[]): Criterion {
  return (slots, figures) => {
    figures.fill(0)
    for (const addTo of parts) addTo(figures, slots)
    for (let at = 0; at < figures.length; at += 1) figures[at] = rounded(figures[at] ?? 0)
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
  figure: (slot: number) => number,
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
function surplusOf({ expression: clause }: Clause, index: FleetIndex): readonly AddTo[] {
  if (clause?.kind !== 'compare' && clause?.kind !== 'count') return []
  if (clause.operator !== 'gte' && clause.operator !== 'gt') return []
  if (typeof clause.value !== 'bigint') return []
  const bound = Number(clause.value)
  const column = index.column(clause.attribute)
  if (column instanceof NumericColumn) {
    const { floats } = column
    return [addBeyond(bound, (slot) => floats[slot] ?? Number.NaN)]
  }
  if (clause.kind === 'compare') return [addBeyond(bound, (slot) => column.number(slot))]
  if (!(column instanceof ListColumn)) return []
  const view = column.view(clause)
  const where = clause.where === null ? null : compile(clause.where)
  return [addBeyond(bound, (slot) => countDevices(view.valueAt(slot), where)?.lowest ?? Number.NaN)]
}

function addBeyond(bound: number, figure: (slot: number) => number): AddTo {
  const unit = Math.max(1, bound)
  return (sums, slots) => {
    for (let at = 0; at < slots.length; at += 1) {
      const beyond = (figure(slots[at] ?? 0) - bound) / unit
      // Of an unknown figure nothing is known to be too much.
      if (beyond > 0) sums[at] = (sums[at] ?? 0) + beyond
    }
  }
}
