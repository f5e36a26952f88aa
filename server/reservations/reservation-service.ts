import { digestOf } from '../../protocol/canonical.ts'
import { AppError } from '../../protocol/errors.ts'
import { createReservationSchema } from '../../protocol/reservations.ts'
import type { CreateReservation, Reservation } from '../../protocol/reservations.ts'
import { readStandings } from '../allocation/read-fleet.ts'
import type { Standing } from '../allocation/outlook.ts'
import type { Domain } from '../domain.ts'
import { keepAnswer, keptAnswer } from '../idempotency.ts'
import type { ReservationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { readProfiles } from '../profiles/profile-book.ts'
import { intrusionOf, pinMachines, resolveTarget } from './pin-machines.ts'
import type { Window } from './pin-machines.ts'

/** Machines kept for a tenant in a window of time. */
export interface ReservationService {
  /**
   * Throws `conflict` where a machine it names is somebody else's in the window, or where there are
   * not enough machines that could be kept.
   */
  create(input: CreateReservation, caller: ReservationCaller): Promise<Reservation>
  /** Newest first. */
  list(): Promise<readonly Reservation[]>
  get(id: string): Promise<Reservation>
  /** From now on nothing is kept; leases in it run on. */
  cancel(id: string, actor: string, generation: number | null): Promise<Reservation>
}

export interface ReservationCaller {
  readonly owner: string
  readonly idempotencyKey: string | null
}

export function reservationService(domain: Domain): ReservationService {
  const { store, clock, log } = domain
  const show = (record: ReservationRecord) => present(record, clock.now())
  return {
    create: async (input, caller) =>
      show(
        await domain.fleetLane.run(() =>
          domain.transact((work) => createReservation(domain, work, input, caller)),
        ),
      ),
    list: async () => (await store.allReservations()).map(show),
    async get(id) {
      const record = await store.reservation(id)
      if (record === null) throw new AppError('not-found', `no reservation has the id '${id}'`)
      return show(record)
    },
    async cancel(id, actor, generation) {
      const cancelled = await domain.transact(async (work) => {
        const record = await work.reservations.find(id)
        if (record === null) throw new AppError('not-found', `no reservation has the id '${id}'`)
        if (generation !== null && generation !== record.generation) {
          throw new AppError(
            'precondition-failed',
            `reservation '${id}' is at generation ${record.generation}, not at ${generation}`,
            { generation: record.generation },
          )
        }
        if (record.cancelledAtMs !== null) return record
        return work.reservations.update({ ...record, cancelledAtMs: clock.now() })
      })
      log.info('reservation was cancelled', { reservationId: id, actor })
      return show(cancelled)
    },
  }
}

async function createReservation(
  domain: Domain,
  work: Work,
  input: CreateReservation,
  { owner, idempotencyKey: key }: ReservationCaller,
): Promise<ReservationRecord> {
  const { tenant, target: wanted, fromMs, untilMs, note } = createReservationSchema.parse(input)
  const fingerprint = digestOf({ reservation: { tenant, target: wanted, fromMs, untilMs, note } })
  const keptId = await keptAnswer(work, { owner, key, fingerprint })
  if (keptId !== null) return work.reservations.get(keptId)
  await work.readFleet()
  work.claimFleet()
  const nowMs = domain.clock.now()
  if (!(fromMs < untilMs && untilMs > nowMs)) {
    throw new AppError('unprocessable', 'a reservation wants fromMs < untilMs, and untilMs to come')
  }
  const id = domain.random.uuid()
  const window = { reservationId: id, tenant, fromMs: Math.max(fromMs, nowMs), untilMs }
  const standingOf = await readStandings(domain, nowMs)
  const target =
    wanted.kind === 'machines' ? wanted : resolveTarget(wanted, await readProfiles(work.store))
  let machineIds: readonly string[]
  if (target.kind === 'machines') {
    machineIds = [...new Set(target.machines)].toSorted()
    for (const machineId of machineIds) requireFree(standingOf(machineId), machineId, window)
  } else {
    machineIds = await pinMachines(domain, target, window, nowMs, [])
    if (machineIds.length < target.count) {
      const found = `${machineIds.length} of ${target.count} machines`
      const detail = `only ${found} could be kept in that window`
      throw new AppError('conflict', detail, { found: machineIds.length })
    }
  }
  keepAnswer(domain, work, { owner, key, fingerprint, resourceId: id })
  domain.log.info('machines are reserved', { reservationId: id, tenant, count: machineIds.length })
  return work.reservations.insert({
    id,
    generation: 1,
    tenant,
    target,
    machineIds,
    fromMs,
    untilMs,
    note,
    createdBy: owner,
    createdAtMs: nowMs,
    cancelledAtMs: null,
  })
}

/** A machine that is named must be there and nobody else's in the window, by lease or reservation. */
function requireFree(machine: Standing | null, machineId: string, window: Window): void {
  if (machine === null) {
    throw new AppError('not-found', `no machine has the id '${machineId}'`)
  }
  const rival = machine.bookings.find(
    ({ fromMs, untilMs }) => fromMs < window.untilMs && window.fromMs < untilMs,
  )
  if (rival !== undefined) {
    const detail = `machine '${machineId}' is in reservation '${rival.reservationId}' then`
    throw new AppError('conflict', detail, { machineId, reservationId: rival.reservationId })
  }
  const intruder = intrusionOf(machine, window)
  if (intruder === null) return
  const until = intruder.untilMs === null ? 'nobody knows when' : isoText(intruder.untilMs)
  throw new AppError(
    'conflict',
    `machine '${machineId}' is held by ${intruder.by} and expected back at ${until}`,
    { machineId, untilMs: intruder.untilMs },
  )
}

function present(record: ReservationRecord, nowMs: number): Reservation {
  const { machineIds, cancelledAtMs, fromMs, untilMs, target, ...rest } = record
  const wanted = target.kind === 'match' ? target.count : machineIds.length
  return {
    ...rest,
    target,
    fromMs,
    untilMs,
    state: stateOf({ cancelledAtMs, fromMs, untilMs }, nowMs),
    machines: machineIds,
    missing: wanted - machineIds.length,
  }
}

function stateOf(
  {
    cancelledAtMs,
    fromMs,
    untilMs,
  }: Pick<ReservationRecord, 'cancelledAtMs' | 'fromMs' | 'untilMs'>,
  nowMs: number,
): Reservation['state'] {
  if (cancelledAtMs !== null) return 'cancelled'
  if (nowMs >= untilMs) return 'ended'
  return nowMs >= fromMs ? 'open' : 'scheduled'
}

function isoText(atMs: number): string {
  return new Date(atMs).toISOString()
}
