import { createAllocationSchema } from '../../protocol/api.ts'
import type { Allocation, Deployment } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import { requestLimits } from '../../protocol/request/limits.ts'
import type { Domain } from '../domain.ts'
import type { AllocationService } from '../service.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { findAllocation, rewoken } from './allocation-record.ts'
import { confirmAllocation } from './confirm.ts'
import { createAllocation, understandRequest } from './create.ts'
import { presentAllocation, presentDeployment } from './present.ts'
import { lapseAllocation, releaseAllocation } from './release.ts'

/** What schedulers do with allocations. */
export function allocationService(domain: Domain): AllocationService {
  const show = (record: AllocationRecord) => showAllocation(domain, record)
  return {
    create: async (input, { owner, idempotencyKey }) => {
      const { request, dryRun, confirm } = createAllocationSchema.parse(input)
      const understood = await understandRequest(domain, request)
      const order = { ...understood, owner, idempotencyKey, dryRun, confirm }
      const { allocation, explanation } = await domain.transact((work) =>
        createAllocation(domain, work, order),
      )
      return { allocation: allocation === null ? null : await show(allocation), explanation }
    },
    list: async () => Promise.all((await domain.store.allocations()).map(show)),
    get: async (id) => {
      const record = await domain.store.allocation(id)
      if (record === null) throw new AppError('not-found', `no allocation has the id '${id}'`)
      return show(record)
    },
    confirm: async (id, generation) =>
      show(
        await domain.transact(async (work) => {
          const reserved = await findAllocation(work, id, generation)
          if (isPast(reserved.holdUntilMs, domain) && reserved.state === 'reserved') {
            throw new AppError('conflict', `the hold of allocation '${id}' has ended`)
          }
          return confirmAllocation(domain, work, reserved)
        }),
      ),
    renew: async (id, durationSeconds, generation) =>
      show(
        await domain.transact((work) => renew(domain, work, { id, durationSeconds, generation })),
      ),
    release: async (id, actor) => {
      const released = await domain.transact(async (work) =>
        releaseAllocation(
          domain,
          work,
          await findAllocation(work, id, null),
          `released by ${actor}`,
        ),
      )
      domain.log.info('allocation is being released', { allocationId: id, actor })
      return show(released)
    },
  }
}

/** An allocation with its deployments, as the API shows it. */
export async function showAllocation(
  { store, live }: Pick<Domain, 'store' | 'live'>,
  record: AllocationRecord,
): Promise<Allocation> {
  const present: Deployment[] = []
  for (const { deploymentId } of record.members) {
    const deployment = deploymentId === null ? null : await store.deployment(deploymentId)
    if (deployment !== null) present.push(presentDeployment(deployment, live))
  }
  return presentAllocation(record, present)
}

/** What time alone does to an allocation: an unconfirmed hold lapses, a lease ends. */
export async function sweepAllocation(domain: Domain, work: Work, id: string): Promise<void> {
  const allocation = await work.allocations.get(id)
  if (allocation.state === 'reserved' && isPast(allocation.holdUntilMs, domain)) {
    await lapseAllocation(domain, work, allocation)
  } else if (allocation.state === 'active' && isPast(allocation.leaseUntilMs, domain)) {
    await releaseAllocation(domain, work, allocation, 'the lease ended')
  }
}

async function renew(
  domain: Domain,
  work: Work,
  order: {
    readonly id: string
    readonly durationSeconds: number
    readonly generation: number | null
  },
): Promise<AllocationRecord> {
  const { id, durationSeconds, generation } = order
  const allocation = await findAllocation(work, id, generation)
  if (allocation.state !== 'active' || isPast(allocation.leaseUntilMs, domain)) {
    throw new AppError(
      'conflict',
      `allocation '${id}' is '${allocation.state}', only a running lease is renewed`,
    )
  }
  if (!(durationSeconds > 0 && durationSeconds <= requestLimits.durationSeconds)) {
    throw new AppError(
      'unprocessable',
      `lease of ${durationSeconds} s is not between 1 s and ${requestLimits.durationSeconds} s`,
    )
  }
  const leaseUntilMs = domain.clock.now() + durationSeconds * 1000
  return work.allocations.update(
    rewoken({ ...allocation, leaseSeconds: durationSeconds, leaseUntilMs }),
  )
}

function isPast(atMs: number | null, { clock }: Domain): boolean {
  return atMs !== null && clock.now() >= atMs
}
