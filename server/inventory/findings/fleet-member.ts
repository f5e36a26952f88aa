import type { MachineSummary } from '../../../protocol/api.ts'

/** What the fleet needs of a machine. */
export type FleetMember = Pick<MachineSummary, 'id' | 'shape' | 'attributes'>

/** The devices of a list attribute; none where it is no list. */
export function devicesOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return []
  return value.filter((device) => typeof device === 'object' && device !== null)
}

/** An attribute that is text or a number, as text; null for all others. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}
