import type {
  Allocation,
  AllocationAnswer,
  AssayEvent,
  CreateAllocation,
  FleetFinding,
  ImageReport,
  Labels,
  MachineDetail,
  MachineSummary,
} from '../protocol/api.ts'
import type { FencingTokens } from '../protocol/holder.ts'
import type { QueueEntry } from '../protocol/queue.ts'
import type { Inspection, InspectionDetail, InspectionDiff } from '../protocol/inspections.ts'
import type { Fabric, FabricImport } from '../protocol/fabric.ts'
import type { Connection } from '../protocol/connection.ts'
import type { HeldMachine } from './allocation/hold-machine.ts'
import type { Revocation } from './allocation/revoke.ts'
import type { TenantService } from './quotas/tenant-service.ts'
import type { CapacityService } from './capacity/capacity-service.ts'
import type { ProfileService } from './profiles/profile-service.ts'
import type { ReservationService } from './reservations/reservation-service.ts'
import type { UsageService } from './usage/usage-service.ts'
import type { WebhookService } from './webhooks/webhook-service.ts'
import type { ExportService } from './exports/export-service.ts'
import type { ImportService } from './import/import-service.ts'
import type { DeviceNames } from '../protocol/device-names.ts'

/**
 * What the server does, without its transports: the HTTP API, the netboot routes and the agent port
 * call this and nothing deeper. Every method that changes something is one durable step. Failures a
 * client can act on are `AppError`.
 */
export interface Service {
  readonly machines: MachineService
  readonly inspections: InspectionHistory
  readonly fabric: FabricService
  readonly allocations: AllocationService
  readonly tenants: TenantService
  readonly reservations: ReservationService
  readonly usage: UsageService
  readonly webhooks: WebhookService
  readonly exports: ExportService
  readonly imports: ImportService
  readonly profiles: ProfileService
  readonly capacity: CapacityService
  /** Which way a machine that asks for its boot script shall go. */
  bootDecision(request: BootRequest): Promise<BootDecision>
  /** A written system says that it runs; its token was in its seed and works once per deployment. */
  reportRunning(report: ImageReport): Promise<void>
  /** An agent connected; the session lives until the connection closes. */
  acceptAgent(connection: Connection): void
  /** Events after `since` (null: from now on), then live ones, until the signal aborts. */
  events(since: number | null, signal: AbortSignal): AsyncIterable<AssayEvent>
  /** Recovers what a crash left, then sweeps deadlines (holds, leases, commands, missing agents). */
  start(): Promise<void>
  close(): Promise<void>
}

/**
 * What the caller has seen of a machine; null or left out: not checked. Checked in the transaction
 * that acts. Throws `precondition-failed` for another generation, `conflict` for a stale token.
 */
export interface Seen {
  readonly generation?: number | null
  readonly fencingToken?: number | null
}

export interface MachineService {
  list(): Promise<readonly MachineSummary[]>
  get(id: string): Promise<MachineDetail>
  /** What the ids of its devices stand for. */
  deviceNames(id: string): Promise<DeviceNames>
  /** What shows only where machines stand beside each other. */
  fleetFindings(): Promise<readonly FleetFinding[]>
  approve(id: string, actor: string, seen?: Seen): Promise<MachineSummary>
  setMaintenance(
    id: string,
    reason: string | null,
    actor: string,
    seen?: Seen,
  ): Promise<MachineSummary>
  setName(id: string, name: string | null, actor: string, seen?: Seen): Promise<MachineSummary>
  setLabels(id: string, labels: Labels, actor: string, seen?: Seen): Promise<MachineSummary>
  /** Asks a connected agent to discover and benchmark again. */
  inspect(id: string, actor: string, seen?: Seen): Promise<MachineSummary>
  /** Asks a connected agent to reboot. */
  reboot(id: string, actor: string, seen?: Seen): Promise<void>
  /** Leaves `error`: back to `enrolled`, then inspected again. */
  recover(id: string, actor: string, seen?: Seen): Promise<MachineSummary>
}

/** What a machine was found to be, then and now. All throw `not-found` for what is not there. */
export interface InspectionHistory {
  /** Newest first. */
  list(machineId: string): Promise<readonly Inspection[]>
  get(machineId: string, inspectionId: string): Promise<InspectionDetail>
  /**
   * Null for `to`: the latest that found anything; for `from`: the one before `to`. Throws
   * `conflict` where there are no two.
   */
  diff(machineId: string, from: string | null, to: string | null): Promise<InspectionDiff>
}

/** Which machine hangs on which switch. */
export interface FabricService {
  show(): Promise<Fabric>
  /**
   * Takes what `ibnetdiscover` printed in the place of what was imported under that name. Machines find
   * their place soon after. Throws `unprocessable` for a text that is none of it.
   */
  import(name: string, text: string, actor: string): Promise<FabricImport>
  /** Throws `not-found`. */
  remove(name: string, actor: string): Promise<void>
  /** Resolves when machines have found their places after the last import. */
  settled(): Promise<void>
}

/**
 * `generation` is what the caller has seen (null: whatever it is), `tokens` the fencing tokens it
 * knows: both are checked in the transaction that acts. Throws `precondition-failed` and `conflict`.
 */
export interface AllocationService {
  /** `tenant` is the owner's own where left out. */
  create(
    input: CreateAllocation,
    caller: {
      readonly owner: string
      readonly tenant?: string
      readonly idempotencyKey: string | null
    },
  ): Promise<AllocationAnswer>
  list(): Promise<readonly Allocation[]>
  get(id: string): Promise<Allocation>
  /** Who waits, in the order they are served. */
  queue(): Promise<readonly QueueEntry[]>
  confirm(id: string, generation: number | null, tokens?: FencingTokens): Promise<Allocation>
  renew(
    id: string,
    durationSeconds: number,
    generation: number | null,
    tokens?: FencingTokens,
  ): Promise<Allocation>
  /** Gives machines back (null: all), or gives a place in the queue up. */
  release(
    id: string,
    actor: string,
    how?: {
      readonly generation?: number | null
      readonly machines?: readonly string[] | null
      readonly tokens?: FencingTokens
    },
  ): Promise<Allocation>
  /** An operator takes the machines back. */
  revoke(
    id: string,
    revocation: Revocation,
    actor: string,
    generation?: number | null,
  ): Promise<Allocation>
  /** The holder restarts one of its machines. */
  reboot(named: HeldMachine): Promise<void>
  /** The holder has an image written to one of its machines that was lent as it is. */
  deploy(named: HeldMachine, image: string): Promise<Allocation>
}

/** What iPXE tells of its machine (`${uuid}`, `${net0/mac}`, `${serial}`, `${platform}`, ...). */
export interface BootRequest {
  readonly uuid: string | null
  readonly serial: string | null
  readonly macs: readonly string[]
  readonly platform: 'pcbios' | 'efi' | null
  readonly architecture: 'x64' | 'arm64'
  readonly address: string | null
}

/** `agent`: with the ticket that ties the boot to this script. `hold`: the operator wants it idle. */
export type BootDecision =
  | { readonly kind: 'agent'; readonly bootId: string; readonly reason: string }
  | { readonly kind: 'disk'; readonly reason: string }
  | { readonly kind: 'hold'; readonly reason: string }
