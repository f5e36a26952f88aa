import { createAllocationSchema } from '../../protocol/api.ts'
import type { Allocation, Deployment } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type { QueuePlace } from '../../protocol/queue.ts'
import type { Domain } from '../domain.ts'
import type { AllocationService } from '../service.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { findAllocation, stepAllocation } from './allocation-record.ts'
import { confirmAllocation } from './confirm.ts'
import { createAllocation, keptCreation, understandRequest } from './create.ts'
import { checkFencingTokens } from './fencing.ts'
import { deployHeld, rebootHeld } from './hold-machine.ts'
import { presentAllocation, presentDeployment } from './present.ts'
import { placeIn, placeOf, viewQueue } from './queue-view.ts'
import { releaseAllocation, shrinkAllocation } from './release.ts'
import { renewAllocation } from './renew.ts'
import { revokeAllocation } from './revoke.ts'
import { sweepAllocation } from './sweep.ts'

/** What schedulers do with allocations. */
export function allocationService(domain: Domain): AllocationService {
  const show = async (record: AllocationRecord) =>
    showAllocation(domain, record, record.state === 'queued' ? await placeOf(domain, record) : null)
  /** A change of one allocation as it is by now: what time did to it since is done first. */
  const change = async (
    id: string,
    generation: number | null,
    body: (work: Work, allocation: AllocationRecord) => Promise<AllocationRecord>,
  ) => {
    await settle(domain, id)
    return show(
      await domain.fleetLane.run(() =>
        domain.transact(async (work) => body(work, await findAllocation(work, id, generation))),
      ),
    )
  }
  return {
    create: async (input, { owner, tenant = owner, idempotencyKey }) => {
      const { request, dryRun, confirm, reservationId } = createAllocationSchema.parse(input)
      const terms = { dryRun, confirm, reservationId, owner, idempotencyKey }
      const create = async () => {
        const understood = await understandRequest(domain, request)
        const order = { ...understood, ...terms, tenant }
        return domain.fleetLane.run(() =>
          domain.transact((work) => createAllocation(domain, work, order)),
        )
      }
      const kept = await keptCreation(domain, request, terms)
      const { allocation, explanation } = kept ?? (await create())
      return { allocation: allocation === null ? null : await show(allocation), explanation }
    },
    async list() {
      const records = await domain.store.allocations()
      const isQueued = records.some(({ state }) => state === 'queued')
      const queue = isQueued ? await viewQueue(domain) : []
      return Promise.all(
        records.map((record) => showAllocation(domain, record, placeIn(queue, record))),
      )
    },
    async get(id) {
      await settle(domain, id)
      const record = await domain.store.allocation(id)
      if (record === null) throw new AppError('not-found', `no allocation has the id '${id}'`)
      return show(record)
    },
    queue: () => viewQueue(domain),
    confirm: (id, generation, tokens = {}) =>
      change(id, generation, async (work, allocation) => {
        await checkFencingTokens(work, allocation, tokens)
        return confirmAllocation(domain, work, allocation)
      }),
    renew: (id, durationSeconds, generation, tokens = {}) =>
      change(id, generation, async (work, allocation) => {
        await checkFencingTokens(work, allocation, tokens)
        return renewAllocation(domain, work, allocation, durationSeconds)
      }),
    release: async (id, actor, { generation = null, machines = null, tokens = {} } = {}) => {
      const released = await change(id, generation, async (work, allocation) => {
        await checkFencingTokens(work, allocation, tokens)
        const reason = `released by ${actor}`
        if (allocation.state === 'queued' || allocation.state === 'pending') {
          return work.allocations.update(stepAllocation(allocation, 'cancel'))
        }
        return machines === null
          ? releaseAllocation(domain, work, allocation, reason)
          : shrinkAllocation(domain, work, allocation, machines, reason)
      })
      domain.log.info('allocation is being released', { allocationId: id, actor })
      return released
    },
    revoke: async (id, revocation, actor, generation = null) => {
      const revoked = await change(id, generation, (work, allocation) =>
        revokeAllocation(domain, work, allocation, revocation),
      )
      domain.log.warn('allocation was revoked', { allocationId: id, actor, ...revocation })
      return revoked
    },
    reboot: async (named) => {
      await settle(domain, named.allocationId)
      await domain.transact((work) => rebootHeld(domain, work, named))
    },
    deploy: async (named, image) => {
      const { name, version } = await domain.images.resolve(image)
      return change(named.allocationId, null, (work) =>
        deployHeld(domain, work, named, { name, version }),
      )
    },
  }
}

/** Does to an allocation what time has done to it and nobody swept yet. */
async function settle(domain: Domain, id: string): Promise<void> {
  const { wakeAtMs = null } = (await domain.store.allocation(id)) ?? {}
  if (wakeAtMs === null || wakeAtMs > domain.clock.now()) return
  await domain.transact((work) => sweepAllocation(domain, work, id))
}

/** An allocation with its deployments and its place in the queue, as the API shows it. */
async function showAllocation(
  { store, live }: Pick<Domain, 'store' | 'live'>,
  record: AllocationRecord,
  place: QueuePlace | null,
): Promise<Allocation> {
  const present: Deployment[] = []
  for (const { deploymentId } of record.members) {
    const deployment = deploymentId === null ? null : await store.deployment(deploymentId)
    if (deployment !== null) present.push(presentDeployment(deployment, live))
  }
  return presentAllocation(record, present, place)
}
