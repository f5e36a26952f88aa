import { z } from 'zod'
import { canonicalJson, digestOf } from './canonical.ts'
import { AppError, DecodeError } from './errors.ts'
import type { Disk } from './facts/storage.ts'
import { imageNameSchema, imageVersionSchema } from './image.ts'
import { verifySignature } from './signing.ts'
import type { SigningKey } from './signing.ts'

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const id = z.string().min(1).max(128)
const httpUrl = z.url({ protocol: /^https?$/ }).max(2048)

/**
 * What a disk is, wherever it is plugged in. Never a device name: those move between boots.
 * Texts are trimmed; null means that the disk does not tell.
 */
export const diskIdentitySchema = z
  .strictObject({
    /** As in the storage facts: `nvme`, `sata`, `sas`, `scsi`, `virtio`, ... */
    transport: z.string().regex(/^[a-z0-9-]{1,16}$/),
    serial: z.string().min(1).max(256).nullable(),
    /** NAA name, NGUID or EUI-64: the first that the disk has, in hex. */
    wwn: z.string().min(1).max(256).nullable(),
    model: z.string().min(1).max(256).nullable(),
    sizeBytes: count,
    logicalBlockSizeBytes: z.number().int().min(512).max(65_536),
  })
  .readonly()
export type DiskIdentity = z.infer<typeof diskIdentitySchema>

/** All files of a seed together, in bytes of UTF-8: a plan must fit a frame, a seed a 1 MiB volume. */
export const seedSizeMaximumBytes = 256 * 1024

/** Files of the NoCloud seed: `meta-data`, `user-data`, `network-config`, ... Part of the plan. */
export const seedSchema = z
  .strictObject({
    files: z
      .record(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/), z.string().max(seedSizeMaximumBytes))
      .refine((files) => Object.keys(files).length <= 16, 'more than 16 files')
      .refine(
        (files) => Buffer.byteLength(Object.values(files).join('')) <= seedSizeMaximumBytes,
        `more than ${seedSizeMaximumBytes} bytes`,
      )
      .readonly(),
  })
  .readonly()
export type Seed = z.infer<typeof seedSchema>

/** Everything that decides what the disk will hold. */
export const deployPlanSchema = z
  .strictObject({
    image: z
      .strictObject({
        name: imageNameSchema,
        version: imageVersionSchema,
        indexDigest: sha256,
        indexUrl: httpUrl,
        blobUrl: httpUrl,
      })
      .readonly(),
    disk: diskIdentitySchema,
    /** Null: the machine gets no seed. */
    seed: seedSchema.nullable(),
  })
  .readonly()
export type DeployPlan = z.infer<typeof deployPlanSchema>

/** What the agent saw on the disk before anything was written. Reading it changes nothing. */
export const prepareEvidenceSchema = z
  .strictObject({
    diskDigest: sha256,
    planDigest: sha256,
    /** Where the kernel shows the disk in this boot: for people, never for choosing. */
    diskPath: z.string().min(1).max(256),
    /** What the disk holds: `gpt`, `mbr`, `ext`, `lvm2`, ... Sorted. */
    signatures: z.array(z.string().min(1).max(32)).max(32).readonly(),
    /** Of the first MiB, or of the whole disk where it is smaller. */
    headSha256: sha256,
    /** Of the last MiB, or of the whole disk where it is smaller. */
    tailSha256: sha256,
    /** Names of the guards that were asked and had nothing against it. */
    guards: z.array(z.string().min(1).max(64)).max(32).readonly(),
  })
  .readonly()
export type PrepareEvidence = z.infer<typeof prepareEvidenceSchema>

/** What a commit is valid for: this machine, this boot, this command, this disk and this content. */
export const commitPayloadSchema = z
  .strictObject({
    machineId: id,
    sessionId: id,
    epoch: count,
    commandId: id,
    diskDigest: sha256,
    planDigest: sha256,
    evidenceDigest: sha256,
    /** Milliseconds since the epoch. */
    notAfter: count,
  })
  .readonly()
export type CommitPayload = z.infer<typeof commitPayloadSchema>

/** A commit and the command key's signature over its canonical JSON. */
export const signedCommitSchema = z
  .strictObject({
    payload: commitPayloadSchema,
    signature: z.string().regex(/^[0-9a-f]{128}$/),
  })
  .readonly()
export type SignedCommit = z.infer<typeof signedCommitSchema>

/** What the agent itself knows a commit for it must say. */
export type ExpectedCommit = Omit<CommitPayload, 'notAfter'>

/** Steps of a write, in order. */
export const writePhases = ['write', 'verify', 'configure', 'head'] as const

export const writeProgressSchema = z
  .strictObject({
    phase: z.enum(writePhases),
    chunksDone: count,
    chunksTotal: count,
    /** Raw bytes of the chunks done in this phase, zeros counted. */
    bytesWritten: count,
    bytesTotal: count,
    rateBytesPerSecond: z.number().min(0),
    /** Of this phase. Null: too early to tell. */
    remainingSeconds: z.number().min(0).nullable(),
  })
  .readonly()
export type WriteProgress = z.infer<typeof writeProgressSchema>

/** What a disk of the inventory is. Server and agent both come by a disk's identity this way. */
export function diskIdentityOf(disk: Disk): DiskIdentity {
  const { transport, serial, model, sizeBytes, logicalBlockSizeBytes } = disk
  const wwn = disk.wwn ?? disk.nguid ?? disk.eui64
  return { transport, serial, wwn, model, sizeBytes, logicalBlockSizeBytes }
}

/** A disk's identity in one word. */
export function diskDigest(identity: DiskIdentity): string {
  return digestOf(identity)
}

/** A plan in one word, seed files included. */
export function planDigest(plan: DeployPlan): string {
  return digestOf(plan)
}

/** What was seen, in one word. */
export function evidenceDigest(evidence: PrepareEvidence): string {
  return digestOf(evidence)
}

/** Signs a commit. The caller has made the authorization durable before (P1). */
export function signCommit(key: SigningKey, payload: CommitPayload): SignedCommit {
  return { payload, signature: key.sign('assay.commit.v1', encode(payload)) }
}

/**
 * The payload of a commit that is meant for us, now. Throws `DecodeError` for a bad form and an
 * `AppError` that names the one thing that differs otherwise. `now` is in milliseconds since the
 * epoch.
 */
export function verifyCommit(
  signed: unknown,
  trustedCommandKeys: readonly string[],
  expected: ExpectedCommit,
  now: number,
): CommitPayload {
  const parsed = signedCommitSchema.safeParse(signed)
  if (!parsed.success) {
    throw new DecodeError(`commit is malformed: ${z.prettifyError(parsed.error)}`)
  }
  const { payload, signature } = parsed.data
  const message = encode(payload)
  const isSigned = trustedCommandKeys.some((key) =>
    verifySignature(key, 'assay.commit.v1', message, signature),
  )
  if (!isSigned) {
    throw new AppError('forbidden', 'commit is not signed by a trusted command key')
  }
  for (const [field, name] of commitFields) {
    if (payload[field] !== expected[field]) {
      const values = `'${payload[field]}', this ${name} is '${expected[field]}'`
      throw new AppError('precondition-failed', `commit is for ${name} ${values}`, { field })
    }
  }
  if (payload.notAfter <= now) {
    const lateSeconds = Math.ceil((now - payload.notAfter) / 1000)
    throw new AppError(
      'precondition-failed',
      `commit ended ${lateSeconds} s ago at ${new Date(payload.notAfter).toISOString()}`,
      { field: 'notAfter' },
    )
  }
  return payload
}

const commitFields = [
  ['machineId', 'machine'],
  ['sessionId', 'boot session'],
  ['epoch', 'epoch'],
  ['commandId', 'command'],
  ['diskDigest', 'disk'],
  ['planDigest', 'plan'],
  ['evidenceDigest', 'evidence'],
] as const satisfies readonly (readonly [keyof ExpectedCommit, string])[]

function encode(payload: CommitPayload): Uint8Array {
  return new TextEncoder().encode(canonicalJson(payload))
}
