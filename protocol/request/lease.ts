import { z } from 'zod'
import { DecodeError } from '../errors.ts'
import { durationPattern, formatDuration, parseDuration } from './duration.ts'
import { requestLimits } from './limits.ts'
import type { Problems } from './problems.ts'

/** `72h`; read by `parseDuration`, which says more of what is wrong with it than a pattern. */
const duration = z.string().min(1).max(requestLimits.textLength).meta({ pattern: durationPattern })

/** For how long machines are wanted, and what shall happen when they are not there yet. */
export const leaseSchema = z.strictObject({
  /** `72h`. */
  duration: duration,
  /** How long a reservation waits for its confirmation, `60s`. */
  hold: duration.optional(),
  /** Waits for machines that are busy now, instead of being refused. */
  queue: z.boolean().optional(),
  /** How long it waits at most, `7d`. */
  wait: duration.optional(),
  /** One point is worth an hour of waiting. Above 0 only as far as the tenant may. */
  priority: z.int().min(-requestLimits.priority).max(requestLimits.priority).optional(),
  /** How long before its end the lease is announced to end, `15m`. */
  notice: duration.optional(),
  /** How long after its end the machines are left alone, `5m`. */
  grace: duration.optional(),
})

/** {@link leaseSchema} understood. Null: the server's default. */
export interface Lease {
  readonly durationSeconds: number
  readonly holdSeconds: number | null
  readonly queue: boolean
  readonly waitSeconds: number | null
  readonly priority: number
  readonly noticeSeconds: number | null
  readonly graceSeconds: number | null
}

/** The written form of a {@link Lease}; what is not said stays unsaid. */
export interface LeaseJson {
  readonly duration: string
  readonly hold?: string
  readonly queue?: boolean
  readonly wait?: string
  readonly priority?: number
  readonly notice?: string
  readonly grace?: string
}

/** What a lease means; everything wrong with it goes to `problems`. */
export function understandLease(input: z.infer<typeof leaseSchema>, problems: Problems): Lease {
  const seconds = (name: 'duration' | 'hold' | 'wait' | 'notice' | 'grace', least: number) => {
    const written = input[name]
    return written === undefined ? null : parse(written, name, least, problems)
  }
  return {
    durationSeconds: seconds('duration', 1) ?? 0,
    holdSeconds: seconds('hold', 1),
    queue: input.queue ?? false,
    waitSeconds: seconds('wait', 1),
    priority: input.priority ?? 0,
    noticeSeconds: seconds('notice', 0),
    graceSeconds: seconds('grace', 0),
  }
}

/** A lease in its canonical written form. */
export function leaseToJson(lease: Lease): LeaseJson {
  const { holdSeconds, queue, waitSeconds, priority, noticeSeconds, graceSeconds } = lease
  return {
    duration: formatDuration(lease.durationSeconds),
    ...(holdSeconds === null ? {} : { hold: formatDuration(holdSeconds) }),
    ...(queue ? { queue } : {}),
    ...(waitSeconds === null ? {} : { wait: formatDuration(waitSeconds) }),
    ...(priority === 0 ? {} : { priority }),
    ...(noticeSeconds === null ? {} : { notice: formatDuration(noticeSeconds) }),
    ...(graceSeconds === null ? {} : { grace: formatDuration(graceSeconds) }),
  }
}

const longest = {
  duration: requestLimits.durationSeconds,
  hold: requestLimits.holdSeconds,
  wait: requestLimits.waitSeconds,
  notice: requestLimits.noticeSeconds,
  grace: requestLimits.noticeSeconds,
} as const

function parse(
  written: string,
  name: keyof typeof longest,
  least: number,
  problems: Problems,
): number {
  const most = longest[name]
  try {
    const value = parseDuration(written)
    if (value >= least && value <= most) return value
    const wanted = `between ${formatDuration(least)} and ${formatDuration(most)}`
    problems.add(`lease.${name}`, `'${written}' is not ${wanted}`)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    problems.add(`lease.${name}`, error.message)
  }
  return 0
}
