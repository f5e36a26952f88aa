import type { AllocationRecord, MachineRecord, ReservationRecord, TenantRecord } from './records.ts'

/** What a picture of the fleet that is kept in memory is brought up to date by. */
export interface FleetStore {
  /**
   * Records that decisions over the fleet look at and that changed after `seq` (0: all), as they are
   * now; each once, however often it changed, and at most `limit`. Whoever changes such a record, it
   * is told here: by another server, by an import, by a deletion. All is read at one moment.
   */
  fleetChanges(seq: number, limit: number): Promise<FleetChanges>
  /** What was had at any time in [fromMs, untilMs), machines of one tenant and one span together. */
  usageSpans(fromMs: number, untilMs: number): Promise<readonly UsageSpan[]>
}

export interface FleetChanges {
  /** Of the last change told here; the given one where nothing changed. */
  readonly seq: number
  /** Whether more changed behind `seq`: only with the last of them do these fit together. */
  readonly isLast: boolean
  readonly machines: readonly MachineRecord[]
  /** Ids of machines that are no more. */
  readonly machinesGone: readonly string[]
  /** Those that have not ended. */
  readonly allocations: readonly AllocationRecord[]
  /** Ids of allocations that have ended. */
  readonly allocationsEnded: readonly string[]
  readonly tenants: readonly TenantRecord[]
  readonly reservations: readonly ReservationRecord[]
}

/** So many machines that a tenant had for the same time. */
export interface UsageSpan {
  readonly tenant: string
  readonly fromMs: number
  /** Null: it still has them. */
  readonly untilMs: number | null
  readonly machines: number
}
