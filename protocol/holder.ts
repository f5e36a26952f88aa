import { z } from 'zod'
import { requestLimits } from './request/limits.ts'

/** Bodies with which the holder of machines acts on them. */
const id = z.string().min(1).max(64)
const fencingToken = z.number().int().min(0)

/**
 * The token of each machine as the caller knows it, by machine id. A machine that was granted anew
 * has a higher one: whoever still has the old one is refused. Left out: not checked.
 */
const fencingTokens = z.record(id, fencingToken).optional()

export const confirmSchema = z.strictObject({ fencingTokens }).default({})

export const renewSchema = z.strictObject({
  durationSeconds: z.number().int().min(1).max(requestLimits.durationSeconds),
  fencingTokens,
})

export const releaseSchema = z
  .strictObject({
    /** Only these, where every role keeps its least count; left out: all. */
    machines: z.array(id).min(1).max(requestLimits.count).optional(),
    fencingTokens,
  })
  .default({})

export const revokeSchema = z.strictObject({
  reason: z.string().min(1).max(500),
  /** How long the holder has to leave. */
  graceSeconds: z.number().int().min(0).max(requestLimits.noticeSeconds).default(0),
})

export const powerSchema = z.strictObject({ fencingToken })

export const deploySchema = z.strictObject({
  fencingToken,
  /** `name@version`, or `name` for its newest. */
  image: z.string().min(1).max(200),
})

export type FencingTokens = Readonly<Record<string, number>>
export type Renew = z.input<typeof renewSchema>
export type Release = z.input<typeof releaseSchema>
export type Revoke = z.input<typeof revokeSchema>
export type Deploy = z.input<typeof deploySchema>
