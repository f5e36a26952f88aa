import { AppError } from '../../protocol/errors.ts'
import { parseRequest } from '../../protocol/request.ts'
import type { Request } from '../../protocol/request.ts'
import type { Domain } from '../domain.ts'
import { namedGangs } from '../profiles/gang-profiles.ts'
import { readProfiles } from '../profiles/profile-book.ts'
import { quotaOf, withMachine } from '../quotas/quota.ts'
import type { QuotaState } from '../quotas/quota.ts'
import type { AllocationRecord, TenantRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { recentUsage, rememberedMs, sharesOf } from '../usage/decay.ts'
import { membersInUse } from './allocation-record.ts'
import { bookingsByMachine, outlookOf } from './outlook.ts'
import type { Outlook } from './outlook.ts'
import type { Ask, Fleet } from './plan.ts'
import { inOrder } from './rank.ts'
import { needMsOf } from './terms.ts'

/** The fleet with those who wait for it. */
export interface Scene extends Fleet {
  /** In the order they are served. */
  readonly queue: readonly AllocationRecord[]
  readonly shares: ReadonlyMap<string, number>
  readonly tenants: ReadonlyMap<string, TenantRecord>
}

/** All that a decision over the fleet looks at, as of the last commit. */
export async function readScene(domain: Domain, work: Work): Promise<Scene> {
  await work.readFleet()
  const { store } = work
  const nowMs = domain.clock.now()
  const open = await store.openAllocations()
  const tenants = new Map((await store.tenants()).map((tenant) => [tenant.id, tenant]))
  const machines = await readOutlooks(domain, work, open, nowMs)
  domain.fleetMatcher.keepRoomFor(namedGangs(await readProfiles(store)))
  const waiting = open.filter(({ state }) => state === 'queued')
  const shares =
    waiting.length === 0 ? new Map<string, number>() : await readShares(work, tenants, nowMs)
  return {
    nowMs,
    machines,
    quotas: quotasOf(open, tenants, machines),
    queue: inOrder(waiting, shares, nowMs),
    shares,
    tenants,
    matcher: domain.fleetMatcher,
  }
}

/** Every machine and when it may be had. */
export async function readOutlooks(
  domain: Domain,
  work: Work,
  open: readonly AllocationRecord[],
  nowMs: number,
): Promise<readonly Outlook[]> {
  const byId = new Map(open.map((allocation) => [allocation.id, allocation]))
  const bookings = bookingsByMachine(await work.store.reservations(nowMs))
  const machines = await work.store.machines()
  return Promise.all(
    machines.map(async (machine) =>
      outlookOf(
        machine,
        await domain.views.attributes(machine),
        byId.get(machine.allocationId ?? '') ?? null,
        bookings.get(machine.id) ?? [],
        nowMs,
      ),
    ),
  )
}

/** Each tenant's part of what was used lately. */
export async function readShares(
  work: Pick<Work, 'store'>,
  tenants: ReadonlyMap<string, TenantRecord>,
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const rows = await work.store.usage(nowMs - rememberedMs, nowMs)
  return sharesOf(recentUsage(rows, nowMs), (tenant) => tenants.get(tenant)?.weight ?? 1)
}

/** What every tenant with a limit may have and has. */
export function quotasOf(
  open: readonly AllocationRecord[],
  tenants: ReadonlyMap<string, TenantRecord>,
  machines: readonly Outlook[],
): ReadonlyMap<string, QuotaState> {
  const attributes = new Map(machines.map((machine) => [machine.id, machine.attributes]))
  const quotas = new Map([...tenants].map(([name, tenant]) => [name, quotaOf(tenant)]))
  for (const allocation of open) {
    for (const { machineId } of membersInUse(allocation)) {
      const quota = quotas.get(allocation.tenant)
      if (quota === undefined) continue
      quotas.set(allocation.tenant, withMachine(quota, attributes.get(machineId) ?? new Map()))
    }
  }
  return quotas
}

/** A waiting allocation as an ask; null where its request is of a form nobody reads any more. */
export function askOf(allocation: AllocationRecord): Ask | null {
  const request = readRequest(allocation)
  if (request === null) return null
  return { ...termsOfAsk(allocation), request, waits: true }
}

/** What of an ask is in the record, whatever its request says. */
export function termsOfAsk(allocation: AllocationRecord): Omit<Ask, 'request' | 'waits'> {
  const { id, tenant, reservationId } = allocation
  const needMs = needMsOf(allocation)
  const likeness = JSON.stringify([tenant, reservationId, needMs, allocation.request])
  return { id, tenant, reservationId, needMs, likeness }
}

/** Requests as they were understood: a record is read many times while it waits. */
const understood = new WeakMap<object, Request | null>()

function readRequest({ request }: AllocationRecord): Request | null {
  if (typeof request !== 'object' || request === null) return null
  const known = understood.get(request)
  if (known !== undefined) return known
  const read = tryRequest(request)
  understood.set(request, read)
  return read
}

function tryRequest(request: object): Request | null {
  try {
    return parseRequest(request)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}
