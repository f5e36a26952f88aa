import type { ReservationRecord, TenantRecord, UsageRow, WebhookRecord } from './records.ts'

/** What a store keeps for scheduling beside machines and allocations. */
export interface SchedulingStore {
  /** Counts the decisions that took from the fleet as a whole: see `Change` of kind `fleet`. */
  fleetGeneration(): Promise<number>
  tenant(id: string): Promise<TenantRecord | null>
  /** By name. */
  tenants(): Promise<readonly TenantRecord[]>
  reservation(id: string): Promise<ReservationRecord | null>
  /** Those that end after `atMs` and were not cancelled, by id. */
  reservations(atMs: number): Promise<readonly ReservationRecord[]>
  /** All of them, newest first. */
  allReservations(): Promise<readonly ReservationRecord[]>
  webhook(id: string): Promise<WebhookRecord | null>
  /** Those that were not removed, by id. */
  webhooks(): Promise<readonly WebhookRecord[]>
  /** What was had at any time in [fromMs, untilMs), by tenant, allocation and machine. */
  usage(fromMs: number, untilMs: number): Promise<readonly UsageRow[]>
}
