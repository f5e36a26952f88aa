import type { Lease } from '../../protocol/request/lease.ts'
import type { AllocationRecord } from '../store/records.ts'
import { turnaroundMs } from './outlook.ts'

/** What holds where a request does not say. */
const defaults = {
  /** A reservation waits this long for its confirmation. */
  holdSeconds: 60,
  /** The end of a lease is announced this long before, but not before its last quarter. */
  noticeSeconds: 15 * 60,
  /** Machines are taken back this long after the end of the lease. */
  graceSeconds: 0,
  /** A request leaves the queue unserved after this long. */
  waitSeconds: 7 * 86_400,
} as const

export type Terms = Pick<
  AllocationRecord,
  'leaseSeconds' | 'holdSeconds' | 'noticeSeconds' | 'graceSeconds' | 'priority'
>

/** The terms of a lease, complete. */
export function termsOf(lease: Lease): Terms {
  const { durationSeconds, holdSeconds, noticeSeconds, graceSeconds, priority } = lease
  return {
    leaseSeconds: durationSeconds,
    holdSeconds: holdSeconds ?? defaults.holdSeconds,
    noticeSeconds: noticeSeconds ?? Math.min(defaults.noticeSeconds, durationSeconds / 4),
    graceSeconds: graceSeconds ?? defaults.graceSeconds,
    priority,
  }
}

export function waitMsOf({ waitSeconds }: Lease): number {
  return (waitSeconds ?? defaults.waitSeconds) * 1000
}

/** How long machines given now are gone at most: until they are cleaned and inspected again. */
export function needMsOf(terms: Pick<Terms, 'leaseSeconds' | 'holdSeconds' | 'graceSeconds'>) {
  const { leaseSeconds, holdSeconds, graceSeconds } = terms
  return (holdSeconds + leaseSeconds + graceSeconds) * 1000 + turnaroundMs
}
