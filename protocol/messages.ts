import { z } from 'zod'
import { benchmarkPlanSchema, benchmarkResultSchema, benchmarkSampleSchema } from './benchmarks.ts'
import { canonicalJson } from './canonical.ts'
import {
  deployPlanSchema,
  prepareEvidenceSchema,
  signedCommitSchema,
  writeProgressSchema,
} from './deployment.ts'
import { identityClaims } from './facts/claims.ts'
import { finding } from './facts/finding.ts'
import { factClasses } from './facts/classes.ts'
import type { Frozen } from './facts/fields.ts'
import { telemetry } from './facts/telemetry.ts'
import { limits } from './limits.ts'

/**
 * The agent's wire, version 1: one CBOR map a websocket frame, subprotocol {@link subprotocol}.
 *
 * `hello` -> `challenge` -> `proof` -> `welcome` opens a session: both sides sign the same
 * transcript, the server with its pinned command key, the agent with the key it made this boot. The
 * same boot key continues the same session after a broken link. Every report carries `seq`, counted
 * from 1 without gaps over the session's life; the agent keeps reports until an `ack` names their
 * seq, and the server's ack follows its durable write. A kind that is not known is logged and
 * ignored by either side, so an older agent keeps working.
 */
export const subprotocol = 'assay.agent.v1'

/** The wire's version, told in the hello. */
export const protocolVersion = 1

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))
const text = z.string().max(limits.textLength)
const id = z.string().min(1).max(64)
const seq = z.number().int().min(1)

export const helloSchema = z.strictObject({
  kind: z.literal('hello'),
  protocol: z.number().int().min(1),
  agentVersion: z.string().max(64),
  architecture: z.enum(['x64', 'arm64']),
  /** Ed25519 key of this boot, hex. */
  publicKey: hex(32),
  nonce: hex(32),
  /** The ticket of the iPXE script that started this boot; null when started by hand. */
  bootId: z.string().max(64).nullable(),
  claims: identityClaims,
})

const proofSchema = z.strictObject({ kind: z.literal('proof'), signature: hex(64) })

const resumeSchema = z.strictObject({
  kind: z.literal('resume'),
  session: id,
  /** Highest seq the agent has given out; 0 before the first report. */
  lastSeq: z.number().int().min(0),
  /** The destructive command this boot knows of, with how far it came; null when none. */
  command: z
    .strictObject({
      commandId: id,
      phase: z.enum(['preparing', 'prepared', 'started', 'verified', 'done', 'failed']),
    })
    .nullable(),
})

const heartbeatSchema = z.strictObject({
  kind: z.literal('heartbeat'),
  uptimeSeconds: z.number().min(0),
  /** Resident memory of the agent. */
  residentSizeBytes: z.number().int().min(0),
  telemetry: telemetry.nullable(),
})

const factsSchema = z.strictObject({
  kind: z.literal('facts'),
  seq,
  class: z.enum(factClasses),
  /** Checked against the schema of its class. */
  facts: z.unknown(),
  elapsedSeconds: z.number().min(0),
})

/** Reports: kept by the agent until acknowledged. */
export const reportSchema = z.discriminatedUnion('kind', [
  factsSchema,
  z.strictObject({ kind: z.literal('finding'), seq, finding }),
  z.strictObject({
    kind: z.literal('phase'),
    seq,
    /** Where the agent is; `atSeconds` counts from the start of its kernel. */
    phase: z.enum(['booted', 'network', 'discovering', 'discovered', 'benchmarking', 'idle']),
    atSeconds: z.number().min(0),
  }),
  z.strictObject({ kind: z.literal('sample'), seq, sample: benchmarkSampleSchema }),
  z.strictObject({ kind: z.literal('result'), seq, result: benchmarkResultSchema }),
  z.strictObject({
    kind: z.literal('log'),
    seq,
    level: z.enum(['debug', 'info', 'warning', 'error']),
    text,
    atMs: z.number(),
  }),
  z.strictObject({
    kind: z.literal('prepared'),
    seq,
    commandId: id,
    evidence: prepareEvidenceSchema,
  }),
  z.strictObject({ kind: z.literal('started'), seq, commandId: id }),
  z.strictObject({
    kind: z.literal('progress'),
    seq,
    commandId: id,
    progress: writeProgressSchema,
  }),
  /** Everything but the first MiB is on the disk and was read back; waits for `continue`. */
  z.strictObject({ kind: z.literal('verified'), seq, commandId: id }),
  z.strictObject({
    kind: z.literal('done'),
    seq,
    commandId: id,
    elapsedSeconds: z.number().min(0),
    bytesWritten: z.number().int().min(0),
  }),
  z.strictObject({
    kind: z.literal('failed'),
    seq,
    commandId: id,
    /** Where it failed, and whether a byte may have been written. */
    step: z.enum(['prepare', 'commit', 'write', 'verify', 'head']),
    touched: z.boolean(),
    reason: text,
  }),
])

export const agentMessageSchema = z.discriminatedUnion('kind', [
  helloSchema,
  proofSchema,
  resumeSchema,
  heartbeatSchema,
  ...reportSchema.options,
])

export const challengeSchema = z.strictObject({
  kind: z.literal('challenge'),
  session: id,
  nonce: hex(32),
  /** Server time, milliseconds since 1970: a machine's own clock is not trusted. */
  timeMs: z.number(),
  /** The command key that signed; must be one the agent was built to trust. */
  publicKey: hex(32),
  signature: hex(64),
})

export const welcomeSchema = z.strictObject({
  kind: z.literal('welcome'),
  session: id,
  machineId: id,
  /** Approved machines get work; a pending one may only report. */
  approved: z.boolean(),
  epoch: z.number().int().min(0),
  /** Highest seq of this session that is durable at the server; 0 in a new session. */
  ackedSeq: z.number().int().min(0),
  timeMs: z.number(),
})

export const serverMessageSchema = z.discriminatedUnion('kind', [
  challengeSchema,
  welcomeSchema,
  z.strictObject({ kind: z.literal('ack'), seq: z.number().int().min(0) }),
  z.strictObject({ kind: z.literal('discover') }),
  z.strictObject({ kind: z.literal('benchmark'), plan: benchmarkPlanSchema }),
  z.strictObject({
    kind: z.literal('prepare'),
    commandId: id,
    epoch: z.number().int(),
    plan: deployPlanSchema,
  }),
  z.strictObject({ kind: z.literal('commit'), commit: signedCommitSchema }),
  /** The command is still wanted: the agent may write the first MiB. */
  z.strictObject({ kind: z.literal('continue'), commandId: id }),
  z.strictObject({ kind: z.literal('abort'), commandId: id, reason: text }),
  z.strictObject({ kind: z.literal('identify'), seconds: z.number().min(0).max(3600) }),
  z.strictObject({ kind: z.literal('reboot'), reason: text }),
])

export type Hello = Frozen<z.infer<typeof helloSchema>>
export type Challenge = Frozen<z.infer<typeof challengeSchema>>
export type Welcome = Frozen<z.infer<typeof welcomeSchema>>
export type Resume = Frozen<z.infer<typeof resumeSchema>>
export type Report = Frozen<z.infer<typeof reportSchema>>
export type AgentMessage = Frozen<z.infer<typeof agentMessageSchema>>
export type ServerMessage = Frozen<z.infer<typeof serverMessageSchema>>

/** A report before the session gives it its seq. */
export type ReportBody = Report extends infer R
  ? R extends Report
    ? Omit<R, 'seq'>
    : never
  : never

/** What the server signs with its command key: the agent's hello and its own answer. */
export function challengeTranscript(
  hello: Hello,
  challenge: Pick<Challenge, 'session' | 'nonce' | 'timeMs'>,
): Uint8Array {
  const { session, nonce, timeMs } = challenge
  return new TextEncoder().encode(canonicalJson({ hello, session, nonce, timeMs }))
}

/** What the agent signs with its boot key: hello and challenge, the server's signature included. */
export function proofTranscript(hello: Hello, challenge: Challenge): Uint8Array {
  return new TextEncoder().encode(canonicalJson({ hello, challenge }))
}
