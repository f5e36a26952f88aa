import { AppError } from '../../protocol/errors.ts'
import { parseRequest } from '../../protocol/request.ts'
import type { Request } from '../../protocol/request.ts'
import type { Domain } from '../domain.ts'
import type { AllocationRecord, TenantRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { decayedSeconds, rememberedMs, sharesOf } from '../usage/decay.ts'
import type { Standing } from './outlook.ts'
import type { Ask } from './engine/question.ts'
import { inOrder } from './rank.ts'
import { needMsOf } from './terms.ts'

/** All that a decision over the fleet looks at, as of the last commit. */
export interface Scene {
  readonly nowMs: number
  /** In the order they are served. */
  readonly queue: readonly AllocationRecord[]
  readonly shares: ReadonlyMap<string, number>
  readonly tenants: ReadonlyMap<string, TenantRecord>
}

export async function readScene(domain: Domain, work: Work): Promise<Scene> {
  await work.readFleet()
  const nowMs = domain.clock.now()
  const { picture } = domain
  await picture.update(nowMs)
  const { tenants } = picture
  const waiting = picture.queued()
  const shares = waiting.length === 0 ? new Map<string, number>() : await readShares(domain, nowMs)
  return { nowMs, queue: inOrder(waiting, shares, nowMs), shares, tenants }
}

/** When each machine may be had; null for an id that no machine has. */
export async function readStandings(
  { picture }: Pick<Domain, 'picture'>,
  nowMs: number,
): Promise<(id: string) => Standing | null> {
  await picture.update(nowMs)
  return (id) => picture.standing(id, nowMs)
}

/** Each tenant's part of what was used lately. */
export async function readShares(
  { store, picture }: Pick<Domain, 'store' | 'picture'>,
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const used = new Map<string, number>()
  for (const span of await store.usageSpans(nowMs - rememberedMs, nowMs)) {
    const { tenant, fromMs, untilMs, machines } = span
    const seconds = machines * decayedSeconds(fromMs, untilMs ?? nowMs, nowMs)
    used.set(tenant, (used.get(tenant) ?? 0) + seconds)
  }
  return sharesOf(used, (tenant) => picture.tenants.get(tenant)?.weight ?? 1)
}

const asked = new WeakMap<AllocationRecord, Ask | null>()

/** A waiting allocation as an ask; null where its request is of a form nobody reads any more. */
export function askOf(allocation: AllocationRecord): Ask | null {
  const known = asked.get(allocation)
  if (known !== undefined) return known
  const request = tryRequest(allocation.request)
  const ask = request === null ? null : { ...termsOfAsk(allocation), request, waits: true }
  asked.set(allocation, ask)
  return ask
}

/** What of an ask is in the record, whatever its request says. */
export function termsOfAsk(allocation: AllocationRecord): Omit<Ask, 'request' | 'waits'> {
  const { id, tenant, reservationId } = allocation
  const needMs = needMsOf(allocation)
  const likeness = JSON.stringify([tenant, reservationId, needMs, allocation.request])
  return { id, tenant, reservationId, needMs, likeness }
}

function tryRequest(request: unknown): Request | null {
  try {
    return parseRequest(request)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}
