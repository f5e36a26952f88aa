import assert from 'node:assert/strict'
import type { QueueEntry, QueuePlace } from '../../protocol/queue.ts'
import type { Domain } from '../domain.ts'
import type { AllocationRecord } from '../store/records.ts'
import { Work } from '../store/work.ts'
import { askFleet } from './ask-fleet.ts'
import { asksMaximum } from './engine/plan.ts'
import { rankOf } from './rank.ts'
import type { Stand } from './engine/question.ts'
import { askOf, readScene, type Scene } from './read-fleet.ts'

/** Places whose start is estimated: further down there is nothing worth saying. */
const estimatesMaximum = 32

/** The queue as it stands, in its order. Reads only. */
export async function viewQueue(domain: Domain): Promise<readonly QueueEntry[]> {
  const scene = await readScene(domain, new Work(domain.store))
  const { queue } = scene
  const stands = await standsOf(domain, scene, queue, 'all')
  return queue.map((allocation, at) => entryOf(allocation, at, scene, stands))
}

/** The place of one allocation; null where it does not wait. Reads only. */
export async function placeOf(
  domain: Domain,
  { id }: Pick<AllocationRecord, 'id'>,
): Promise<QueuePlace | null> {
  const scene = await readScene(domain, new Work(domain.store))
  const at = scene.queue.findIndex((waiting) => waiting.id === id)
  const allocation = scene.queue[at]
  if (allocation === undefined) return null
  const before = scene.queue.slice(0, at + 1)
  return inQueue(entryOf(allocation, at, scene, await standsOf(domain, scene, before, 'last')))
}

/** How those of a part of the queue stand that anybody looks at, or the last of them. */
async function standsOf(
  domain: Domain,
  { nowMs }: Scene,
  queue: readonly AllocationRecord[],
  of: 'all' | 'last',
): Promise<ReadonlyMap<string, Stand>> {
  const asks = queue.flatMap((allocation) => askOf(allocation) ?? [])
  if (asks.length === 0 || (of === 'last' && asks.length > asksMaximum)) return new Map()
  const looked = asks.slice(0, asksMaximum)
  // What is foreseen of one depends on what was of those before it.
  const estimates = of === 'last' && looked.length > estimatesMaximum ? 0 : estimatesMaximum
  const { answer } = await askFleet(domain, { kind: 'view', of, nowMs, asks: looked, estimates })
  assert(answer.kind === 'view', 'an answer is of the kind of its question')
  return new Map(answer.stands.map((stand) => [stand.askId, stand]))
}

function entryOf(
  allocation: AllocationRecord,
  at: number,
  { queue, shares, nowMs }: Scene,
  stands: ReadonlyMap<string, Stand>,
): QueueEntry {
  const { id, owner, tenant, priority, createdAtMs, queuedAtMs, waitUntilMs } = allocation
  const stand = stands.get(id)
  return {
    allocationId: id,
    owner,
    tenant,
    priority,
    queuedAtMs: queuedAtMs ?? createdAtMs,
    waitUntilMs,
    position: at + 1,
    of: queue.length,
    rank: rankOf(allocation, shares, nowMs),
    estimatedStartAtMs: stand?.estimatedStartAtMs ?? null,
    waitsFor: stand?.waitsFor ?? 'turn',
    reason: stand?.reason ?? 'many wait before it',
  }
}

/** The place of an allocation in a queue that was looked at; null where it does not wait. */
export function placeIn(
  queue: readonly QueueEntry[],
  { id }: Pick<AllocationRecord, 'id'>,
): QueuePlace | null {
  const entry = queue.find(({ allocationId }) => allocationId === id)
  return entry === undefined ? null : inQueue(entry)
}

function inQueue(entry: QueueEntry): QueuePlace {
  const { position, of, rank, estimatedStartAtMs, waitsFor, reason } = entry
  return { position, of, rank, estimatedStartAtMs, waitsFor, reason }
}
