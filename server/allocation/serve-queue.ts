import assert from 'node:assert/strict'
import { AppError, errorChain } from '../../protocol/errors.ts'
import type { Domain } from '../domain.ts'
import { repinReservations } from '../reservations/repin.ts'
import type { AllocationRecord } from '../store/records.ts'
import { StaleWriteError } from '../store/store.ts'
import type { Work } from '../store/work.ts'
import { rewoken, stepAllocation } from './allocation-record.ts'
import { confirmAllocation } from './confirm.ts'
import { askFleet } from './ask-fleet.ts'
import { asksMaximum } from './engine/plan.ts'
import { askOf, readScene } from './read-fleet.ts'
import { takeMachines } from './take-machines.ts'

/** Requests started in one transaction: the next take another. */
const startsMaximum = 32

/**
 * Starts what waits as soon as there are machines for it: after every change that could help, and
 * now and then, because windows and leases end by time alone. Reservations come first: what they
 * lack is theirs before it is anybody's.
 */
export class QueueServer {
  readonly #domain: () => Domain
  #state: 'idle' | 'running' | 'again' = 'idle'
  #run: Promise<void> = Promise.resolve()
  #closed = false

  constructor(domain: () => Domain) {
    this.#domain = domain
  }

  poke(): void {
    if (this.#closed) return
    if (this.#state !== 'idle') {
      this.#state = 'again'
      return
    }
    this.#state = 'running'
    this.#run = this.#serve()
  }

  /** Takes no more work and resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#run
  }

  async #serve(): Promise<void> {
    const domain = this.#domain()
    do {
      this.#state = 'running'
      try {
        const started = await domain.fleetLane.run(async () => {
          await domain.transact((work) => repinReservations(domain, work))
          return domain.transact((work) => serveQueue(domain, work))
        })
        if (started === startsMaximum) this.#state = 'again'
      } catch (error) {
        if (!this.#closed) domain.log.error('queue was not served', { error: errorChain(error) })
      }
    } while (this.#isWanted())
    this.#state = 'idle'
  }

  #isWanted(): boolean {
    return this.#state === 'again' && !this.#closed
  }
}

/** Starts those that can, in the order of the queue; how many. */
async function serveQueue(domain: Domain, work: Work): Promise<number> {
  const { queue, nowMs } = await readScene(domain, work)
  // Where nobody waits, what finds machines still learns of changes now, not when somebody asks.
  const asks = queue.flatMap((allocation) => askOf(allocation) ?? []).slice(0, asksMaximum)
  await failUnreadable(work, queue)
  const question = { kind: 'serve', nowMs, asks, startsMaximum } as const
  const { answer, seq } = await askFleet(domain, question)
  assert(answer.kind === 'serve', 'an answer is of the kind of its question')
  const { starts } = answer
  for (const { askId, assignments, explanation } of starts) {
    const queued = await work.allocations.get(askId)
    if (queued.state !== 'queued') throw new StaleWriteError(`'${askId}' no longer waits`)
    const missing = await missingImage(domain, queued)
    if (missing !== null) {
      work.allocations.update({ ...stepAllocation(queued, 'fail'), error: missing })
      continue
    }
    const held = await takeMachines(domain, work, queued, { assignments, explanation, seq })
    const reserved = work.allocations.update(
      rewoken({ ...stepAllocation(held, 'reserve'), waitUntilMs: null }),
    )
    if (reserved.confirmsItself) await confirmAllocation(domain, work, reserved)
    domain.log.info('allocation was served from the queue', { allocationId: askId })
  }
  return starts.length
}

/** Why its image cannot be written any more; null where it can. */
async function missingImage(
  { images }: Domain,
  { image }: AllocationRecord,
): Promise<string | null> {
  if (image === null) return null
  try {
    await images.resolve(`${image.name}@${image.version}`)
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}

/** A request of a form that this release does not read fails: its owner asks again. */
async function failUnreadable(work: Work, queue: readonly AllocationRecord[]): Promise<void> {
  for (const { id } of queue.filter((allocation) => askOf(allocation) === null)) {
    const allocation = await work.allocations.get(id)
    const error = 'its request is of a form that is no longer understood, ask again'
    work.allocations.update({ ...stepAllocation(allocation, 'fail'), error })
  }
}
