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
import type { Inspection, InspectionDetail, InspectionDiff } from '../protocol/inspections.ts'
import type { Connection } from '../protocol/connection.ts'

/**
 * What the server does, without its transports: the HTTP API, the netboot routes and the agent port
 * call this and nothing deeper. Every method that changes something is one durable step. Failures a
 * client can act on are `AppError`.
 */
export interface Service {
  readonly machines: MachineService
  readonly inspections: InspectionHistory
  readonly allocations: AllocationService
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

export interface MachineService {
  list(): Promise<readonly MachineSummary[]>
  get(id: string): Promise<MachineDetail>
  /** What shows only where machines stand beside each other. */
  fleetFindings(): Promise<readonly FleetFinding[]>
  approve(id: string, actor: string): Promise<MachineSummary>
  setMaintenance(id: string, reason: string | null, actor: string): Promise<MachineSummary>
  setName(id: string, name: string | null, actor: string): Promise<MachineSummary>
  setLabels(id: string, labels: Labels, actor: string): Promise<MachineSummary>
  /** Asks a connected agent to discover and benchmark again. */
  inspect(id: string, actor: string): Promise<MachineSummary>
  /** Asks a connected agent to reboot. */
  reboot(id: string, actor: string): Promise<void>
  /** Leaves `error`: back to `enrolled`, then inspected again. */
  recover(id: string, actor: string): Promise<MachineSummary>
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

export interface AllocationService {
  create(
    input: CreateAllocation,
    caller: { readonly owner: string; readonly idempotencyKey: string | null },
  ): Promise<AllocationAnswer>
  list(): Promise<readonly Allocation[]>
  get(id: string): Promise<Allocation>
  confirm(id: string, generation: number | null): Promise<Allocation>
  renew(id: string, durationSeconds: number, generation: number | null): Promise<Allocation>
  release(id: string, actor: string): Promise<Allocation>
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
