import { findAttribute } from '../../protocol/attributes.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import { NumericColumn } from './index/numeric-column.ts'
import { nthLargest } from './select.ts'

/** A gang is as fast as its slowest machine by any of these. */
const speeds = ['bench.cpu.clock', 'bench.cpu.fma', 'bench.memory.triad', 'bench.memory.latency']

/** Ratios are told apart in so many steps: finer than a benchmark's own spread. */
const steps = 1e4

/**
 * How alike machines are in measured speed: by how much each is off the middle of those that were to
 * be told apart first. Machines near the middle make an even gang.
 */
export class Evenness {
  readonly #index: FleetIndex
  #middles: readonly (readonly [floats: Float64Array, middle: number])[] | null = null

  constructor(index: FleetIndex) {
    this.#index = index
  }

  /** Whether machines had to be told apart by it. */
  get isUsed(): boolean {
    return this.#middles !== null
  }

  /** See `Criterion`: by falling deviation; a machine of which not all speeds are known is last. */
  rate(slots: Int32Array, figures: Float64Array): void {
    this.#middles ??= speeds.flatMap((name) => middleOf(name, slots, this.#index) ?? [])
    figures.fill(0)
    for (const [floats, middle] of this.#middles) {
      for (let at = 0; at < slots.length; at += 1) {
        const value = floats[slots[at] ?? 0] ?? Number.NaN
        const off = Math.round(Math.abs(value / middle - 1) * steps) / steps
        figures[at] = Number.isNaN(off) ? -Infinity : Math.min(figures[at] ?? 0, -off)
      }
    }
  }
}

/** The median of the machines whose figure is known; null where it is known of none. */
function middleOf(
  name: string,
  slots: Int32Array,
  index: FleetIndex,
): readonly [readonly [Float64Array, number]] | null {
  const floats = floatsOf(name, index)
  if (floats === null) return null
  const values = new Float64Array(slots.length)
  let count = 0
  for (let at = 0; at < slots.length; at += 1) {
    const value = floats[slots[at] ?? 0] ?? Number.NaN
    if (!(value > 0)) continue
    values[count] = value
    count += 1
  }
  return count === 0 ? null : [[floats, nthLargest(values.subarray(0, count), count >> 1)]]
}

/** See `Criterion`: the machine whose most worn disk is the least worn first, unknown ones last. */
export function rateWear(slots: Int32Array, figures: Float64Array, index: FleetIndex): void {
  const floats = floatsOf('storage.usedPercentMax', index)
  for (let at = 0; at < slots.length; at += 1) {
    const worn = floats?.[slots[at] ?? 0] ?? Number.NaN
    figures[at] = Number.isNaN(worn) ? -Infinity : -worn
  }
}

function floatsOf(name: string, index: FleetIndex): Float64Array | null {
  const attribute = findAttribute(name)
  const column = attribute === null ? null : index.column(attribute)
  return column instanceof NumericColumn ? column.floats : null
}
