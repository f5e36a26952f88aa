import type { AssayEvent } from '../../protocol/api.ts'
import type { BenchmarkResult } from '../../protocol/benchmarks.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import type { FactClass } from '../../protocol/facts/classes.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import type { FabricStore } from './fabric-store.ts'
import type { FleetStore } from './fleet-store.ts'
import type { ImportStore } from './import-store.ts'
import type { ProfileStore } from './profile-store.ts'
import type {
  AllocationRecord,
  BootTicket,
  CommandRecord,
  DeploymentRecord,
  IdempotencyRecord,
  InspectionRecord,
  LogLine,
  MachineRecord,
  ReservationRecord,
  SessionRecord,
  Tenancy,
  TenantRecord,
  TokenRecord,
  UsageRow,
  WebhookRecord,
} from './records.ts'
import type { SchedulingStore } from './scheduling-store.ts'

/**
 * Where the server keeps what must survive it. Reads see the last commit. All that changes goes
 * through `commit`: one transaction, all of it or nothing, on disk before the promise resolves. No
 * open transaction is ever handed out, so that an implementation may be a database elsewhere.
 */
export interface Store
  extends TokenStore, SchedulingStore, FleetStore, FabricStore, ImportStore, ProfileStore {
  /** Random, made with the database: a restored copy keeps it, a new one has another. */
  readonly databaseId: string

  machine(id: string): Promise<MachineRecord | null>
  /** By id, which is by age. */
  machines(): Promise<readonly MachineRecord[]>
  /** Machines enrolled with any of this evidence, by id. */
  machinesByEvidence(evidence: readonly Evidence[]): Promise<readonly MachineRecord[]>
  countMachinesPending(): Promise<number>
  session(id: string): Promise<SessionRecord | null>
  sessionByKey(publicKey: string): Promise<SessionRecord | null>
  inspection(id: string): Promise<InspectionRecord | null>
  /** Newest first. */
  inspections(machineId: string): Promise<readonly InspectionRecord[]>
  /** All classes an inspection reported. */
  inventory(inspectionId: string): Promise<Inventory>
  findings(inspectionId: string): Promise<readonly Finding[]>
  /** The latest result of each method and component. */
  results(inspectionId: string): Promise<readonly BenchmarkResult[]>
  /** The last lines, oldest first. */
  logLines(machineId: string, limit: number): Promise<readonly LogLine[]>
  /** The last phases, oldest first. */
  phases(machineId: string, limit: number): Promise<readonly PhaseRow[]>
  command(id: string): Promise<CommandRecord | null>
  deployment(id: string): Promise<DeploymentRecord | null>
  /** Newest first. */
  deployments(machineId: string): Promise<readonly DeploymentRecord[]>
  allocation(id: string): Promise<AllocationRecord | null>
  /** Newest first. */
  allocations(): Promise<readonly AllocationRecord[]>
  /** Those that wait, hold or give back: all that have not ended, newest first. */
  openAllocations(): Promise<readonly AllocationRecord[]>
  /** Who a disk belongs to now; null: nobody. */
  tenancy(diskDigest: string): Promise<Tenancy | null>
  ticket(id: string): Promise<BootTicket | null>
  idempotency(owner: string, key: string): Promise<IdempotencyRecord | null>
  /** Ids of what shall be looked at by `nowMs`. */
  due(nowMs: number): Promise<Due>
  /** Events with a seq above `seq`, in order. */
  eventsAfter(seq: number, limit: number): Promise<readonly DurableEvent[]>
  /** First and last seq kept; null where there is none. */
  eventRange(): Promise<{ readonly first: number; readonly last: number } | null>

  /**
   * Makes all changes durable, or none. Answers the seqs of its events, in order. Throws
   * {@link StaleWriteError} when a record has another generation than the change expects or a
   * uniqueness rule forbids it, and `AssertionError` for a step that the state tables do not have.
   */
  commit(changes: readonly Change[]): Promise<readonly number[]>
  /** Drops what is older than its use: events, log lines, tickets, kept answers. */
  prune(limits: PruneLimits): Promise<void>
  close(): Promise<void>
}

/** API tokens: only their hashes are kept. */
export interface TokenStore {
  createToken(token: TokenRecord): Promise<void>
  token(id: string): Promise<TokenRecord | null>
  tokenByHash(secretHash: string): Promise<TokenRecord | null>
  /** By creation. */
  tokens(): Promise<readonly TokenRecord[]>
  /** The first revocation stands. Null when there is no such token. */
  revokeToken(id: string, atMs: number): Promise<TokenRecord | null>
  touchToken(id: string, atMs: number): Promise<void>
}

/** One piece of identity evidence that machines are looked up by. */
export interface Evidence {
  readonly kind: 'uuid' | 'system-serial' | 'baseboard-serial' | 'mac'
  readonly value: string
}

export type DurableEvent = Extract<AssayEvent, { seq: number }>
/** An event before the store gives it its seq. */
export type NewEvent = DurableEvent extends infer E
  ? E extends DurableEvent
    ? Omit<E, 'seq'>
    : never
  : never

export interface PhaseRow {
  readonly phase: string
  readonly atSeconds: number | null
  readonly atMs: number
}

export interface Due {
  readonly machines: readonly string[]
  readonly allocations: readonly string[]
}

export interface PruneLimits {
  readonly eventsKept: number
  readonly logLinesKeptPerMachine: number
  readonly phasesKeptPerMachine: number
  readonly ticketsBeforeMs: number
  readonly answersBeforeMs: number
}

/** `before`: the generation that was read; null for a new record. The record holds the new one. */
interface Put<R> {
  readonly record: R
  readonly before: number | null
}

export type Change =
  | ({ readonly kind: 'machine'; readonly evidence: readonly Evidence[] } & Put<MachineRecord>)
  | ({ readonly kind: 'session' } & Put<SessionRecord>)
  | ({ readonly kind: 'inspection' } & Put<InspectionRecord>)
  | ({ readonly kind: 'command' } & Put<CommandRecord>)
  | ({ readonly kind: 'deployment' } & Put<DeploymentRecord>)
  | ({ readonly kind: 'allocation' } & Put<AllocationRecord>)
  | ({ readonly kind: 'tenant' } & Put<TenantRecord>)
  | ({ readonly kind: 'reservation' } & Put<ReservationRecord>)
  | ({ readonly kind: 'webhook' } & Put<WebhookRecord>)
  /**
   * This decision looked at the whole fleet and takes from it: stale when another one did since
   * `before`. So quotas and windows hold among servers, as a machine holds by its own generation.
   */
  | { readonly kind: 'fleet'; readonly before: number }
  | { readonly kind: 'usage-begin'; readonly usage: Omit<UsageRow, 'untilMs'> }
  /** Ends it where it has not ended. */
  | {
      readonly kind: 'usage-end'
      readonly allocationId: string
      readonly machineId: string
      readonly atMs: number
    }
  | {
      readonly kind: 'facts'
      readonly inspectionId: string
      readonly class: FactClass
      readonly facts: unknown
      readonly elapsedSeconds: number
    }
  | { readonly kind: 'finding'; readonly inspectionId: string; readonly finding: Finding }
  | { readonly kind: 'result'; readonly inspectionId: string; readonly result: BenchmarkResult }
  | { readonly kind: 'log'; readonly machineId: string; readonly line: LogLine }
  | ({ readonly kind: 'phase'; readonly machineId: string } & PhaseRow)
  | { readonly kind: 'grant-disk'; readonly tenancy: Tenancy }
  /** The machine's disks stop belonging to the allocation. */
  | {
      readonly kind: 'release-disks'
      readonly allocationId: string
      readonly machineId: string
      readonly atMs: number
    }
  | { readonly kind: 'ticket'; readonly ticket: BootTicket }
  /** Stale when the ticket was used before. */
  | { readonly kind: 'use-ticket'; readonly id: string; readonly atMs: number }
  | { readonly kind: 'answer'; readonly answer: IdempotencyRecord }
  | { readonly kind: 'event'; readonly event: NewEvent }

/** Somebody else changed a record since it was read: read again and decide again. */
export class StaleWriteError extends Error {
  override readonly name = 'StaleWriteError'
}
