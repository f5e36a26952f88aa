import type { Activity, MachineSummary } from '../protocol/api.ts'
import { findAttribute } from '../protocol/attributes.ts'
import { DecodeError } from '../protocol/errors.ts'
import { amountText, figureText } from '../protocol/human-text.ts'
import { humanQuantity, parseQuantity } from '../protocol/quantity.ts'

/** Shown where nothing is known. */
export const nothing = '-'

/** `1.36 TiB` in binary, `1.5 TB` otherwise. */
export function sizeText(sizeBytes: number | null, binary = false): string {
  return sizeBytes === null ? nothing : amountText(sizeBytes, 'B', binary)
}

/** `412 MB/s`. */
export function rateText(bytesPerSecond: number): string {
  return amountText(bytesPerSecond, 'B/s')
}

/** `100 Gbit/s`. */
export function linkSpeedText(bitsPerSecond: number | null): string {
  return bitsPerSecond === null ? nothing : amountText(bitsPerSecond, 'bit/s')
}

/** `45s`, `12m`, `3h`, `6d`: how long, in its largest unit. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** `3h ago`; nothing for null. */
export function agoText(atMs: number | null, nowMs: number): string {
  return atMs === null ? nothing : `${ageText(nowMs - atMs)} ago`
}

/** `in 3h`, or `3h over` for what should have ended. */
export function untilText(atMs: number | null, nowMs: number): string {
  if (atMs === null) return nothing
  return atMs >= nowMs ? `in ${ageText(atMs - nowMs)}` : `${ageText(nowMs - atMs)} over`
}

/** An instant to the second, UTC. */
export function instantText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** The value of a registry attribute for people; nothing where it is not known. */
export function attributeText(machine: MachineSummary, name: string): string {
  const value = machine.attributes[name]
  if (value === undefined) return nothing
  if (value === null) return 'none'
  const unit = findAttribute(name)?.unit ?? null
  if (typeof value !== 'string') return JSON.stringify(value)
  if (unit === null) return value
  try {
    return humanQuantity(parseQuantity(value, unit), unit, name.startsWith('memory.'))
  } catch (error) {
    if (error instanceof DecodeError) return value
    throw error
  }
}

/** What a machine does right now, in a few words. */
export function activityText(activity: Activity): string {
  switch (activity.kind) {
    case 'discovery':
      return `discovers ${activity.classesDone}/${activity.classesTotal}`
    case 'benchmark': {
      const { method, component, value, unit } = activity
      return `measures ${method} of ${component}: ${figureText(value, unit)}`
    }
    case 'write': {
      const { phase, bytesWritten, bytesTotal, rateBytesPerSecond, remainingSeconds } =
        activity.progress
      const left = remainingSeconds === null ? '' : `, ${ageText(remainingSeconds * 1000)} left`
      return `${phase} ${percentText(bytesWritten, bytesTotal)} at ${rateText(rateBytesPerSecond)}${left}`
    }
  }
}

/** What a machine is about: its activity, else where its agent is. */
export function doingText({ activity, connected, phase, running }: MachineSummary): string {
  if (activity !== null) return activityText(activity)
  if (running !== null) return `runs ${running.hostname}`
  return connected ? (phase ?? 'connected') : nothing
}

/** State and flags in one word each. */
export function stateText({ state, flags }: MachineSummary): string {
  return [state, ...flags].join(' ')
}

/** What people call a machine: its name, else its serial number; null where it has neither. */
export function machineTitle({ name, claims }: MachineSummary): string | null {
  return name ?? claims.systemSerial
}

/** Whole per cent, downwards: 100 means done. */
export function percentText(done: number, total: number): string {
  return total <= 0 ? '0%' : `${Math.floor((done / total) * 100)}%`
}

/** At most `length` characters, the last one an ellipsis where some are missing. */
export function clipped(text: string, length: number): string {
  const characters = Array.from(text)
  return characters.length <= length
    ? text
    : `${characters.slice(0, Math.max(0, length - 1)).join('')}…`
}
