import type { Activity, MachineSummary } from '../../protocol/api.ts'
import { DecodeError } from '../../protocol/errors.ts'
import { amountText } from '../../protocol/human-text.ts'
import type { Unit } from '../../protocol/quantity.ts'
import {
  humanQuantity,
  isUnit,
  parseQuantity,
  quantityToNumber,
  units,
} from '../../protocol/quantity.ts'

/** Shown where nothing is known. */
export const nothing = '–'

/** `64 GiB` in binary, `8 TB` otherwise. */
export function sizeText(sizeBytes: number | null, binary = false): string {
  return sizeBytes === null ? nothing : amountText(sizeBytes, 'B', binary)
}

export function rateText(bytesPerSecond: number): string {
  return amountText(bytesPerSecond, 'B/s')
}

export function bitRateText(bitsPerSecond: number | null): string {
  return bitsPerSecond === null ? nothing : amountText(bitsPerSecond, 'bit/s')
}

/** `3.8 GHz`. */
export function frequencyText(frequencyHz: number): string {
  return amountText(frequencyHz, 'Hz')
}

/** `45 s`, `12 min`, `3 h`, `6 d`: how long, in its largest unit. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** An instant in the reader's own time zone. */
export function instantText(atMs: number): string {
  return new Date(atMs).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' })
}

/** Whole per cent, downwards: 100 means done. */
export function percentText(ratio: number): string {
  return `${Math.floor(ratio * 100)} %`
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** What people call a machine: name, else serial number, else the beginning of its id. */
export function machineTitle({ name, claims, id }: MachineSummary): string {
  return name ?? claims.systemSerial ?? shortId(id)
}

/** Ids begin with the time of their making; thirteen characters tell most apart. */
export function shortId(id: string): string {
  return id.slice(0, 13)
}

/** A registry attribute for people; {@link nothing} where it is not known. */
export function attributeText(machine: MachineSummary, name: string): string {
  const value = machine.attributes[name]
  if (value === undefined) return nothing
  if (value === null) return 'none'
  if (typeof value !== 'string') return JSON.stringify(value)
  const steps = quantitySteps(value)
  return steps === null ? value : humanQuantity(steps.steps, steps.unit, name.startsWith('memory.'))
}

/** A registry attribute as a number to sort by; null where it has none. */
export function attributeNumber(machine: MachineSummary, name: string): number | null {
  const value = machine.attributes[name]
  if (typeof value === 'number') return value
  const steps = typeof value === 'string' ? quantitySteps(value) : null
  return steps === null ? null : quantityToNumber(steps.steps, steps.unit)
}

/** What a machine does right now, in a few words. */
export function activityText(activity: Activity): string {
  switch (activity.kind) {
    case 'discovery':
      return `discovering, ${activity.classesDone} of ${activity.classesTotal} classes`
    case 'benchmark':
      return `${activity.method} on ${activity.component}`
    case 'write':
      return writePhaseTexts[activity.progress.phase]
  }
}

const writePhaseTexts = {
  write: 'writing the image',
  verify: 'reading it back',
  configure: 'configuring',
  head: 'writing the first MiB',
} as const

/** The share that is done, 0 to 1; null where nobody knows. */
export function activityRatio(activity: Activity): number | null {
  switch (activity.kind) {
    case 'discovery':
      return ratio(activity.classesDone, activity.classesTotal)
    case 'benchmark':
      return null
    case 'write':
      return ratio(activity.progress.bytesWritten, activity.progress.bytesTotal)
  }
}

function ratio(done: number, total: number): number {
  return total <= 0 ? 0 : Math.min(1, done / total)
}

/** Units, the longer before those they end in: `FLOP/s` before `s`. */
const unitNames = Object.keys(units)
  .filter((name) => isUnit(name))
  .toSorted((a, b) => b.length - a.length)

/**
 * The API writes quantities with their unit, so that the page needs no registry; null for what is no
 * quantity.
 */
function quantitySteps(text: string): { readonly steps: bigint; readonly unit: Unit } | null {
  const unit = /^\d/.test(text) ? unitNames.find((name) => text.endsWith(name)) : undefined
  if (unit === undefined) return null
  try {
    return { steps: parseQuantity(text, unit), unit }
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}
