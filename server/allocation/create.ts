import assert from 'node:assert/strict'
import { digestOf } from '../../protocol/canonical.ts'
import type { Explanation } from '../../protocol/explanation.ts'
import { AppError } from '../../protocol/errors.ts'
import { parseRequest, parseRequestText } from '../../protocol/request.ts'
import type { Request } from '../../protocol/request.ts'
import { requestToJson } from '../../protocol/request/written.ts'
import { readProfiles } from '../profiles/profile-book.ts'
import type { Domain } from '../domain.ts'
import { keepAnswer, keptAnswer } from '../idempotency.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { rewoken, stepAllocation } from './allocation-record.ts'
import { confirmAllocation } from './confirm.ts'
import { askFleet } from './ask-fleet.ts'
import { asksMaximum } from './engine/plan.ts'
import type { Ask, Verdict, Wait } from './engine/question.ts'
import { inOrder } from './rank.ts'
import { askOf, readScene, termsOfAsk } from './read-fleet.ts'
import type { Scene } from './read-fleet.ts'
import { requestFingerprint } from './request-fingerprint.ts'
import { takeMachines } from './take-machines.ts'
import { termsOf, waitMsOf } from './terms.ts'

/** A request as it was understood, with its image resolved to one version. */
export interface UnderstoodRequest {
  readonly request: Request
  readonly image: { readonly name: string; readonly version: string } | null
  /** SHA-256 of what the client sent. */
  readonly fingerprint: string
}

export interface CreationOrder extends UnderstoodRequest {
  readonly owner: string
  readonly tenant: string
  readonly idempotencyKey: string | null
  readonly dryRun: boolean
  readonly confirm: boolean
  readonly reservationId: string | null
}

/** What came of it. `allocation` is null for a dry run and where nothing matched. */
export interface Creation {
  readonly allocation: AllocationRecord | null
  readonly explanation: Explanation
}

/** Reads a request; everything wrong with it, and an image nobody has, is the client's to mend. */
export async function understandRequest(
  domain: Domain,
  input: unknown,
): Promise<UnderstoodRequest> {
  const profiles = await readProfiles(domain.store)
  const request =
    typeof input === 'string' ? parseRequestText(input, profiles) : parseRequest(input, profiles)
  const { image } = request
  const fingerprint = requestFingerprint(input)
  if (image === null) return { request, image: null, fingerprint }
  const named = image.version === null ? image.name : `${image.name}@${image.version}`
  const { name, version } = await domain.images.resolve(named)
  return { request, image: { name, version }, fingerprint }
}

/**
 * What an earlier call with the same key came to; null: there was none. It is asked for before the
 * request is understood: profiles and images that it names may be gone since.
 */
export async function keptCreation(
  domain: Pick<Domain, 'store'>,
  input: unknown,
  terms: Pick<CreationOrder, 'owner' | 'idempotencyKey' | 'dryRun' | 'confirm' | 'reservationId'>,
): Promise<Creation | null> {
  const { owner, idempotencyKey: key, dryRun, confirm, reservationId } = terms
  if (key === null || dryRun) return null
  const fingerprint = digestOf({ request: requestFingerprint(input), confirm, reservationId })
  const keptId = await keptAnswer(domain, { owner, key, fingerprint })
  const allocation = keptId === null ? null : await domain.store.allocation(keptId)
  if (allocation === null) return null
  assert(allocation.explanation !== null, 'what was asked for by key was explained')
  return { allocation, explanation: allocation.explanation }
}

/**
 * Matches and takes, in one decision: either every machine of the request becomes this allocation's
 * with a new fencing token, or none does. It stands behind those in the queue that rank before it.
 * A machine that changed since it was read sends the whole decision back to its start.
 */
export async function createAllocation(
  domain: Domain,
  work: Work,
  order: CreationOrder,
): Promise<Creation> {
  const { dryRun, request, owner, idempotencyKey, confirm, reservationId } = order
  const fingerprint = digestOf({ request: order.fingerprint, confirm, reservationId })
  const answerKey = dryRun ? null : idempotencyKey
  const keptId = await keptAnswer(work, { owner, key: answerKey, fingerprint })
  if (keptId !== null) {
    const allocation = await work.allocations.get(keptId)
    assert(allocation.explanation !== null, 'what was asked for by key was explained')
    return { allocation, explanation: allocation.explanation }
  }
  const asked = newAllocation(domain, order)
  const scene = await readScene(domain, work)
  await checkTerms(work, scene, asked)
  const { verdict, seq } = await judge(domain, scene, asked, request)
  const { explanation } = verdict
  assert(explanation !== null, 'what was asked for is explained')
  if (verdict.kind === 'wait' && verdict.waitsFor === 'quota')
    refuseByQuota(verdict, asked, request)
  if (dryRun) return { allocation: null, explanation }
  if (verdict.kind === 'wait' && (!request.lease.queue || verdict.isHopeless)) {
    return { allocation: null, explanation }
  }
  keepAnswer(domain, work, { owner, key: answerKey, fingerprint, resourceId: asked.id })
  if (verdict.kind === 'wait') {
    const pending = work.allocations.insert({ ...asked, explanation })
    const queuedAtMs = domain.clock.now()
    const queued = stepAllocation({ ...pending, queuedAtMs }, 'queue')
    return { allocation: work.allocations.update(queued), explanation }
  }
  const { assignments } = verdict
  const held = await takeMachines(domain, work, asked, { assignments, explanation, seq })
  const reserved = work.allocations.insert(rewoken({ ...held, state: 'reserved' }))
  const allocation = confirm ? await confirmAllocation(domain, work, reserved) : reserved
  return { allocation, explanation }
}

/** The verdict on a newcomer, behind all that rank before it. */
async function judge(
  domain: Domain,
  { nowMs, queue, shares }: Scene,
  asked: AllocationRecord,
  request: Request,
): Promise<{ readonly verdict: Verdict; readonly seq: number }> {
  const order = inOrder([...queue, asked], shares, nowMs)
  const place = order.findIndex(({ id }) => id === asked.id)
  const before = order.slice(0, Math.min(place, asksMaximum - 1)).flatMap((one) => askOf(one) ?? [])
  const ask: Ask = { ...termsOfAsk(asked), request, waits: request.lease.queue }
  const asks = [...before, ask]
  const { answer, seq } = await askFleet(domain, { kind: 'judge', nowMs, asks })
  assert(answer.kind === 'judge', 'an answer is of the kind of its question')
  const { verdict } = answer
  if (verdict.kind === 'wait' || place < asksMaximum) return { verdict, seq }
  // Nobody has looked at all who stand before it.
  const { askId, explanation } = verdict
  const turn = { waitsFor: 'turn', reason: `${place} wait before it` } as const
  const wait = { kind: 'wait', askId, explanation, ...turn } as const
  return { verdict: { ...wait, estimatedStartAtMs: null, isHopeless: false }, seq }
}

function newAllocation(domain: Domain, order: CreationOrder): AllocationRecord {
  const { request, image, owner, tenant, confirm, reservationId } = order
  const nowMs = domain.clock.now()
  return {
    id: domain.random.uuid(),
    generation: 1,
    state: 'pending',
    owner,
    tenant,
    ...termsOf(request.lease),
    request: requestToJson(request),
    image,
    confirmsItself: confirm,
    reservationId,
    members: [],
    explanation: null,
    createdAtMs: nowMs,
    queuedAtMs: null,
    waitUntilMs: nowMs + waitMsOf(request.lease),
    holdUntilMs: null,
    leaseUntilMs: null,
    ending: 'released',
    error: null,
    wakeAtMs: null,
  }
}

/** A priority that the tenant may ask for, and a reservation that is its own and open. */
async function checkTerms(work: Work, scene: Scene, asked: AllocationRecord): Promise<void> {
  const { priority, tenant, reservationId } = asked
  const most = scene.tenants.get(tenant)?.priorityMaximum ?? 0
  if (priority > most) {
    throw new AppError(
      'forbidden',
      `priority ${priority} is not for tenant '${tenant}', ${most} is its highest`,
      { priorityMaximum: most },
    )
  }
  if (reservationId === null) return
  const reservation = await work.reservations.find(reservationId)
  if (reservation?.tenant !== tenant) {
    throw new AppError('not-found', `tenant '${tenant}' has no reservation '${reservationId}'`)
  }
  if (reservation.cancelledAtMs !== null || reservation.untilMs <= scene.nowMs) {
    throw new AppError('conflict', `reservation '${reservationId}' is over`)
  }
}

/** Over its quota a request waits where it may; else, and where no wait helps, it is refused. */
function refuseByQuota(
  { reason, isHopeless }: Wait,
  { tenant }: Pick<AllocationRecord, 'tenant'>,
  { lease }: Pick<Request, 'lease'>,
): void {
  if (lease.queue && !isHopeless) return
  const details = { tenant, quota: reason }
  throw new AppError('conflict', `tenant '${tenant}' is at its quota: ${reason}`, details)
}
