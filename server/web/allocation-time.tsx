import type { Allocation } from '../../protocol/api.ts'
import type { QueuePlace } from '../../protocol/queue.ts'
import { ageText, instantText } from './format.ts'
import { useNow } from './hooks.ts'
import { whenText } from './placement-tables.tsx'

/** What ends next of an allocation, and when: its hold, its lease, its grace; nothing else does. */
export function AllocationTime({ allocation }: { readonly allocation: Allocation }) {
  const nowMs = useNow()
  const { state, holdUntilMs, leaseUntilMs, endsAtMs } = allocation
  const next =
    state === 'reserved'
      ? { what: 'hold ends', atMs: holdUntilMs }
      : state === 'active' || state === 'expiring'
        ? leaseUntilMs !== null && leaseUntilMs <= nowMs
          ? { what: 'grace ends', atMs: endsAtMs }
          : { what: 'lease ends', atMs: leaseUntilMs }
        : null
  if (next === null || next.atMs === null) return null
  const { what, atMs } = next
  return (
    <span title={instantText(atMs)}>
      {what} {atMs > nowMs ? `in ${ageText(atMs - nowMs)}` : 'now'}
    </span>
  )
}

/** `1 of 3, starts about 10:00, in 2 h`. */
export function QueueText({ place }: { readonly place: QueuePlace }) {
  const nowMs = useNow()
  const { position, of, estimatedStartAtMs } = place
  return (
    <>
      {position} of {of},{' '}
      {estimatedStartAtMs === null
        ? 'nobody can tell when'
        : `about ${whenText(estimatedStartAtMs, nowMs)}`}
    </>
  )
}
