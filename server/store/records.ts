import { z } from 'zod'
import { runningSystemSchema, labelsSchema, roles } from '../../protocol/api.ts'
import {
  deployPlanSchema,
  prepareEvidenceSchema,
  signedCommitSchema,
} from '../../protocol/deployment.ts'
import { explanationSchema } from '../../protocol/explanation.ts'
import { inspectionSteps } from '../../protocol/inspections.ts'
import { identityClaims } from '../../protocol/facts/claims.ts'
import type { Frozen } from '../../protocol/facts/fields.ts'
import { factClasses } from '../../protocol/facts/classes.ts'
import { reservationTargetSchema } from '../../protocol/reservations.ts'
import {
  allocationStates,
  commandStates,
  machineFlags,
  machineStates,
} from '../../protocol/states.ts'
import { webhookKinds } from '../../protocol/webhooks.ts'

/**
 * What the store keeps. Records with a `generation` change only from the generation that was read
 * (optimistic concurrency); it counts from 1. `wakeAtMs` is when the sweeper shall look at a record
 * again; null: never by time alone.
 */
const timeMs = z.number()
const id = z.string().min(1).max(64)
const versioned = { id, generation: z.number().int().min(1) }
const count = z.number().int().min(0)

export const machineRecordSchema = z.strictObject({
  ...versioned,
  state: z.enum(machineStates),
  stateSinceMs: timeMs,
  flags: z.array(z.enum(machineFlags)),
  reason: z.string().nullable(),
  /** How its disks are to be erased, and who asked, before it is granted again; null: nothing is due. */
  eraseDue: z
    .strictObject({ level: z.enum(['clear', 'purge']), allocationId: id })
    .nullable()
    .default(null),
  name: z.string().nullable(),
  labels: labelsSchema,
  /** Evidence it was enrolled by. No later message of an agent changes it. */
  claims: identityClaims,
  createdAtMs: timeMs,
  /** Operator or policy that approved it; null while nobody has. */
  approvedBy: z.string().nullable(),
  /** The newest proven session: the only one that is heard. Null after a release of the record. */
  sessionId: id.nullable(),
  /** Facts, findings and results of this inspection are the machine's; null: to be inspected. */
  inspectionId: id.nullable(),
  phase: z.string().nullable(),
  lastSeenAtMs: timeMs.nullable(),
  /** Since when no agent is connected; null while one is. */
  goneSinceMs: timeMs.nullable(),
  address: z.string().nullable(),
  shape: z.strictObject({ id: z.string(), text: z.string() }).nullable(),
  /**
   * Attribute values as JSON, for showing; the matcher reads them from the facts. Of an imported
   * machine without facts they are what its source stated, and all there is.
   */
  attributes: z.record(z.string(), z.unknown()),
  /** Counts changes of facts, results and labels. */
  inventoryRevision: count,
  allocationId: id.nullable(),
  /** The deployment of the present allocation; null when it has none. */
  deploymentId: id.nullable(),
  /** Raised by each grant and each release; never falls (P6). */
  fencingToken: count,
  /** Raised by each authorized command; never falls (P6). */
  epoch: count,
  running: runningSystemSchema.nullable(),
  wakeAtMs: timeMs.nullable(),
})

export const sessionRecordSchema = z.strictObject({
  ...versioned,
  machineId: id,
  /** The boot's Ed25519 key, hex: one session for each key, for ever. */
  publicKey: z.string(),
  /** Highest report that is durable. */
  ackedSeq: count,
  startedAtMs: timeMs,
  /** When a newer boot of the machine was proven; null while this one is the newest. */
  supersededAtMs: timeMs.nullable(),
  agentVersion: z.string(),
  architecture: z.enum(['x64', 'arm64']),
  bootId: z.string().nullable(),
  address: z.string(),
})

export const inspectionRecordSchema = z.strictObject({
  ...versioned,
  machineId: id,
  sessionId: id,
  step: z.enum(inspectionSteps),
  /** Classes of facts that came, malformed ones too. */
  classes: z.array(z.enum(factClasses)),
  findingCount: count,
  /** How often the agent was told to discover. */
  ordersSent: count,
  startedAtMs: timeMs,
  endedAtMs: timeMs.nullable(),
})

export const commandRecordSchema = z.strictObject({
  ...versioned,
  machineId: id,
  deploymentId: id,
  allocationId: id,
  /** The boot it was prepared for; a command never outlives it. */
  sessionId: id,
  /** Machine's epoch once this command is authorized. */
  epoch: count,
  state: z.enum(commandStates),
  plan: deployPlanSchema,
  diskDigest: z.string(),
  planDigest: z.string(),
  evidence: prepareEvidenceSchema.nullable(),
  /** The signed commit: durable here before it is sent (P1); null before authorization. */
  commit: signedCommitSchema.nullable(),
  error: z.string().nullable(),
  createdAtMs: timeMs,
  /** Last sign of life. */
  touchedAtMs: timeMs,
  endedAtMs: timeMs.nullable(),
})

export const deploymentRecordSchema = z.strictObject({
  ...versioned,
  machineId: id,
  allocationId: id,
  state: z.enum(['waiting', ...commandStates, 'running']),
  attempt: count,
  commandId: id.nullable(),
  image: z.strictObject({ name: z.string(), version: z.string() }),
  /** The disk in words; null before one is chosen. */
  disk: z.string().nullable(),
  /** SHA-256 of the token that the written system reports with, once; null before and after. */
  reportTokenHash: z.string().nullable(),
  error: z.string().nullable(),
  startedAtMs: timeMs,
  /** No new attempt before this. */
  notBeforeMs: timeMs,
  endedAtMs: timeMs.nullable(),
})

export const allocationRecordSchema = z.strictObject({
  ...versioned,
  state: z.enum(allocationStates),
  /** The token that asked. */
  owner: z.string(),
  /** Who is charged for it, and whose quota and share it counts against. */
  tenant: id,
  priority: z.number().int(),
  request: z.unknown(),
  image: z.strictObject({ name: z.string(), version: z.string() }).nullable(),
  leaseSeconds: z.number(),
  /** Between match and confirmation. */
  holdSeconds: z.number(),
  /** Before the end of the lease. */
  noticeSeconds: z.number(),
  /** After the end of the lease. */
  graceSeconds: z.number(),
  /** Becomes a lease as soon as it is served. */
  confirmsItself: z.boolean(),
  /** Takes its machines out of this reservation only; null: any machines. */
  reservationId: id.nullable(),
  members: z.array(
    z.strictObject({
      machineId: id,
      role: z.string(),
      fencingToken: count,
      deploymentId: id.nullable(),
      /** The machine is still held by this allocation. */
      held: z.boolean(),
      /** When it was given back: from then on it is only on its way out. Null before. */
      givenBackAtMs: timeMs.nullable(),
    }),
  ),
  explanation: explanationSchema.nullable(),
  createdAtMs: timeMs,
  /** Since when it waits in the queue; kept afterwards. Null: it never waited. */
  queuedAtMs: timeMs.nullable(),
  /** Leaves the queue unserved then. */
  waitUntilMs: timeMs.nullable(),
  holdUntilMs: timeMs.nullable(),
  leaseUntilMs: timeMs.nullable(),
  /** What it ends as once its machines are back. */
  ending: z.enum(['released', 'revoked']),
  error: z.string().nullable(),
  wakeAtMs: timeMs.nullable(),
})

export const tokenRecordSchema = z.strictObject({
  id,
  name: z.string(),
  role: z.enum(roles),
  /** Whom its bearer acts for. */
  tenant: id,
  /** SHA-256 of the secret, hex. */
  secretHash: z.string(),
  createdAtMs: timeMs,
  expiresAtMs: timeMs.nullable(),
  revokedAtMs: timeMs.nullable(),
  lastUsedAtMs: timeMs.nullable(),
})

/** A boot script that was given out. It correlates a boot with its script and grants nothing. */
export const bootTicketSchema = z.strictObject({
  id,
  /** Null: nobody the server knows. */
  machineId: id.nullable(),
  address: z.string().nullable(),
  createdAtMs: timeMs,
  expiresAtMs: timeMs,
  usedAtMs: timeMs.nullable(),
})

/** Who a disk belongs to, by its digest: follows the disk into another chassis (P4). */
export const tenancySchema = z.strictObject({
  diskDigest: z.string(),
  allocationId: id,
  machineId: id,
  grantedAtMs: timeMs,
})

/** A kept answer to a request with an Idempotency-Key. */
export const idempotencySchema = z.strictObject({
  owner: z.string(),
  key: z.string(),
  /** SHA-256 of the request's canonical JSON. */
  fingerprint: z.string(),
  /** What the first call made: an allocation, a reservation, a webhook. */
  resourceId: id,
  createdAtMs: timeMs,
})

/** What a tenant may have; `id` is its name. */
export const tenantRecordSchema = z.strictObject({
  ...versioned,
  /** Twice the weight, twice the share of a contended fleet. */
  weight: z.number().positive(),
  priorityMaximum: count,
  /** Machines at a time; null: any number. */
  machinesMaximum: count.nullable(),
  /** Sums of attributes over the machines it has, written as the registry writes them. */
  attributeMaxima: z.record(z.string(), z.string()),
})

/** Machines kept for a tenant in a window of time. */
export const reservationRecordSchema = z.strictObject({
  ...versioned,
  tenant: id,
  target: reservationTargetSchema,
  /** The machines it keeps: those it names, or those found for its condition. */
  machineIds: z.array(id),
  fromMs: timeMs,
  untilMs: timeMs,
  note: z.string().nullable(),
  createdBy: z.string(),
  createdAtMs: timeMs,
  cancelledAtMs: timeMs.nullable(),
})

export const webhookRecordSchema = z.strictObject({
  ...versioned,
  owner: z.string(),
  url: z.string(),
  kinds: z.array(z.enum(webhookKinds)),
  /** Signs what is sent, `whsec_...`: needed as it is, so it is kept as it is. */
  secret: z.string(),
  state: z.enum(['active', 'disabled', 'removed']),
  /** The last event that arrived, or that it does not want. */
  seq: count,
  failures: count,
  /** Since when nothing arrives; null while it does. */
  failingSinceMs: timeMs.nullable(),
  nextAttemptAtMs: timeMs.nullable(),
  lastError: z.string().nullable(),
  createdAtMs: timeMs,
})

/** A tenant had a machine, from its grant until it was given back. */
export const usageRowSchema = z.strictObject({
  allocationId: id,
  machineId: id,
  tenant: id,
  shape: z.strictObject({ id: z.string(), text: z.string() }).nullable(),
  fromMs: timeMs,
  /** Null: it still has it. */
  untilMs: timeMs.nullable(),
})

export const factsRowSchema = z.strictObject({ class: z.enum(factClasses), facts: z.unknown() })

export const logLineSchema = z.strictObject({
  atMs: timeMs,
  level: z.enum(['debug', 'info', 'warning', 'error']),
  text: z.string(),
})

export type MachineRecord = Frozen<z.infer<typeof machineRecordSchema>>
export type SessionRecord = Frozen<z.infer<typeof sessionRecordSchema>>
export type InspectionRecord = Frozen<z.infer<typeof inspectionRecordSchema>>
export type CommandRecord = Frozen<z.infer<typeof commandRecordSchema>>
export type DeploymentRecord = Frozen<z.infer<typeof deploymentRecordSchema>>
export type AllocationRecord = Frozen<z.infer<typeof allocationRecordSchema>>
export type TokenRecord = Frozen<z.infer<typeof tokenRecordSchema>>
export type BootTicket = Frozen<z.infer<typeof bootTicketSchema>>
export type Tenancy = Frozen<z.infer<typeof tenancySchema>>
export type IdempotencyRecord = Frozen<z.infer<typeof idempotencySchema>>
export type TenantRecord = Frozen<z.infer<typeof tenantRecordSchema>>
export type ReservationRecord = Frozen<z.infer<typeof reservationRecordSchema>>
export type WebhookRecord = Frozen<z.infer<typeof webhookRecordSchema>>
export type UsageRow = Frozen<z.infer<typeof usageRowSchema>>
export type LogLine = Frozen<z.infer<typeof logLineSchema>>
