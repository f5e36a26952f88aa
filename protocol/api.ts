import { z } from 'zod'
import { benchmarkResultSchema } from './benchmarks.ts'
import { writeProgressSchema } from './deployment.ts'
import { explanationSchema } from './explanation.ts'
import { identityClaims } from './facts/claims.ts'
import { finding } from './facts/finding.ts'
import type { Frozen } from './facts/fields.ts'
import { telemetry } from './facts/telemetry.ts'
import { queuePlaceSchema } from './queue.ts'
import { allocationStates, commandStates, machineFlags, machineStates } from './states.ts'

/**
 * Bodies of the HTTP API, version 1 (`/v1/...`). Times are milliseconds since 1970 (`...AtMs`).
 * `generation` counts the changes of a record and is its ETag.
 */
const timeMs = z.number()
const id = z.string().min(1).max(64)
const labelKey = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/)
export const labelsSchema = z.record(labelKey, z.string().max(128))

/** What an image says of itself once it runs: posted by the written system over HTTP. */
export const imageReportSchema = z.object({
  machineId: id,
  token: z.string().max(128),
  hostname: z.string().max(255),
  kernel: z.string().max(255),
  bootMode: z.enum(['bios', 'uefi']),
  uptimeSeconds: z.number().min(0),
})

export const runningSystemSchema = imageReportSchema
  .omit({ token: true, machineId: true })
  .extend({ reportedAtMs: timeMs })

/** What a machine is doing right now; not kept. */
export const activitySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('discovery'), classesDone: z.number(), classesTotal: z.number() }),
  z.object({
    kind: z.literal('benchmark'),
    method: z.string(),
    component: z.string(),
    value: z.number(),
    unit: z.string(),
  }),
  z.object({ kind: z.literal('write'), commandId: id, progress: writeProgressSchema }),
])

export const machineSummarySchema = z.object({
  id,
  name: z.string().nullable(),
  state: z.enum(machineStates),
  flags: z.array(z.enum(machineFlags)),
  /** Why the machine is in `error` or carries a flag; null when neither. */
  reason: z.string().nullable(),
  /** The agent is connected now. */
  connected: z.boolean(),
  /** The agent's last word on where it is; null before the first. */
  phase: z.string().nullable(),
  lastSeenAtMs: timeMs.nullable(),
  address: z.string().nullable(),
  labels: labelsSchema,
  /** Class of machines with the same hardware, and that hardware in words; null before discovery. */
  shape: z.object({ id: z.string(), text: z.string() }).nullable(),
  claims: identityClaims,
  /** Values of the attribute registry; an attribute nobody knows is not there. */
  attributes: z.record(z.string(), z.unknown()),
  allocationId: id.nullable(),
  fencingToken: z.number().int(),
  generation: z.number().int(),
  activity: activitySchema.nullable(),
  telemetry: telemetry.nullable(),
  running: runningSystemSchema.nullable(),
  createdAtMs: timeMs,
})

export const phaseTimeSchema = z.object({
  phase: z.string(),
  /** Seconds since the machine's kernel started, by its own clock; null where the server saw it. */
  atSeconds: z.number().nullable(),
  atMs: timeMs,
})

export const deploymentSchema = z.object({
  id,
  machineId: id,
  allocationId: id,
  /** The write command of the last attempt. */
  commandId: id.nullable(),
  state: z.enum(['waiting', ...commandStates, 'running']),
  attempt: z.number().int(),
  image: z.object({ name: z.string(), version: z.string() }),
  /** Serial, size and model of the disk chosen; null before one is. */
  disk: z.string().nullable(),
  progress: writeProgressSchema.nullable(),
  error: z.string().nullable(),
  startedAtMs: timeMs,
  endedAtMs: timeMs.nullable(),
})

export const machineDetailSchema = machineSummarySchema.extend({
  /** Facts by class, as `protocol/facts` types them; null until reported. */
  inventory: z.record(z.string(), z.unknown()),
  findings: z.array(finding),
  results: z.array(benchmarkResultSchema),
  phases: z.array(phaseTimeSchema),
  deployments: z.array(deploymentSchema),
  inspections: z.array(z.object({ id, startedAtMs: timeMs, endedAtMs: timeMs.nullable() })),
  log: z.array(z.object({ atMs: timeMs, level: z.string(), text: z.string() })),
})

/** What shows only where machines stand beside each other. */
export const fleetFindingSchema = z.object({
  code: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  /** The machines it is about, sorted. */
  machineIds: z.array(id),
})

export const allocationSchema = z.object({
  id,
  state: z.enum(allocationStates),
  owner: z.string(),
  tenant: z.string(),
  priority: z.number().int(),
  /** The request as it was understood, canonical. */
  request: z.unknown(),
  image: z.object({ name: z.string(), version: z.string() }).nullable(),
  machines: z.array(
    z.object({
      machineId: id,
      role: z.string(),
      fencingToken: z.number().int(),
      deployment: deploymentSchema.nullable(),
    }),
  ),
  explanation: explanationSchema.nullable(),
  createdAtMs: timeMs,
  /** A reservation not confirmed by then expires; null once confirmed. */
  holdUntilMs: timeMs.nullable(),
  /** The lease ends then; null before confirmation. */
  leaseUntilMs: timeMs.nullable(),
  /** The machines are taken back then: the end of the lease and its grace. Null before confirmation. */
  endsAtMs: timeMs.nullable(),
  /** It leaves the queue unserved then; null where it does not wait. */
  waitUntilMs: timeMs.nullable(),
  /** Its place in the queue as of this answer; null where it does not wait, and in events. */
  queue: queuePlaceSchema.nullable(),
  reservationId: id.nullable(),
  error: z.string().nullable(),
  generation: z.number().int(),
})

/** `dryRun` answers with the explanation and holds nothing. `confirm` turns the hold into a lease at once. */
export const createAllocationSchema = z.object({
  request: z.unknown(),
  dryRun: z.boolean().default(false),
  confirm: z.boolean().default(true),
  /** Take the machines out of this reservation of the tenant; null: any that are free. */
  reservationId: id.nullable().default(null),
})

export const allocationAnswerSchema = z.object({
  /** Null for a dry run and where nothing matched. */
  allocation: allocationSchema.nullable(),
  explanation: explanationSchema,
})

export const imageSchema = z.object({
  name: z.string(),
  version: z.string(),
  kind: z.string(),
  sizeBytes: z.number(),
  /** Bytes that travel: the compressed chunks. */
  blobSizeBytes: z.number(),
  logicalBlockSizeBytes: z.number(),
  bootModes: z.array(z.string()),
  indexDigest: z.string(),
  createdAtMs: timeMs,
})

export const roles = ['viewer', 'scheduler', 'operator'] as const
export type Role = (typeof roles)[number]

export const tokenSchema = z.object({
  id,
  name: z.string(),
  role: z.enum(roles),
  /** Whom its bearer acts for: quotas, shares and usage are a tenant's. */
  tenant: id,
  createdAtMs: timeMs,
  expiresAtMs: timeMs.nullable(),
  revokedAtMs: timeMs.nullable(),
  lastUsedAtMs: timeMs.nullable(),
})

/** `secret` is shown once, here; the server keeps its SHA-256. */
export const createdTokenSchema = tokenSchema.extend({ secret: z.string() })
export const createTokenSchema = z.object({
  name: z.string().min(1).max(64),
  role: z.enum(roles),
  /** Null: a tenant of its own, under the token's name. */
  tenant: id.nullable().default(null),
  expiresInSeconds: z
    .number()
    .int()
    .min(60)
    .max(90 * 86_400)
    .nullable()
    .default(null),
})

/**
 * One event of `/v1/events` (server-sent events; `id` is `seq`). Durable events have a `seq` and are
 * replayed from `?since=`; live ones (`activity`) have seq null and are sent once.
 */
export const eventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('machine'),
    seq: z.number(),
    atMs: timeMs,
    machine: machineSummarySchema,
  }),
  z.object({
    kind: z.literal('allocation'),
    seq: z.number(),
    atMs: timeMs,
    allocation: allocationSchema,
  }),
  z.object({
    kind: z.literal('activity'),
    seq: z.null(),
    atMs: timeMs,
    machineId: id,
    activity: activitySchema.nullable(),
    telemetry: telemetry.nullable(),
  }),
])

/** RFC 9457. `type` is `about:blank` or `/problems/<code>`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
})

export type Labels = Frozen<z.infer<typeof labelsSchema>>
export type ImageReport = Frozen<z.infer<typeof imageReportSchema>>
export type RunningSystem = Frozen<z.infer<typeof runningSystemSchema>>
export type Activity = Frozen<z.infer<typeof activitySchema>>
export type MachineSummary = Frozen<z.infer<typeof machineSummarySchema>>
export type MachineDetail = Frozen<z.infer<typeof machineDetailSchema>>
export type FleetFinding = Frozen<z.infer<typeof fleetFindingSchema>>
export type Deployment = Frozen<z.infer<typeof deploymentSchema>>
export type Allocation = Frozen<z.infer<typeof allocationSchema>>
export type AllocationAnswer = Frozen<z.infer<typeof allocationAnswerSchema>>
export type CreateAllocation = z.input<typeof createAllocationSchema>
export type Image = Frozen<z.infer<typeof imageSchema>>
export type Token = Frozen<z.infer<typeof tokenSchema>>
export type CreatedToken = Frozen<z.infer<typeof createdTokenSchema>>
export type CreateToken = z.input<typeof createTokenSchema>
export type AssayEvent = Frozen<z.infer<typeof eventSchema>>
