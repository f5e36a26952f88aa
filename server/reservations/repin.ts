import { AppError, errorChain } from '../../protocol/errors.ts'
import { readStandings } from '../allocation/read-fleet.ts'
import type { Domain } from '../domain.ts'
import type { Work } from '../store/work.ts'
import { pinMachines } from './pin-machines.ts'

/** Replaces machines of a reservation that fell out of service, one reservation a time. */
export async function repinReservations(domain: Domain, work: Work): Promise<void> {
  await work.readFleet()
  const nowMs = domain.clock.now()
  const reservations = await work.store.reservations(nowMs)
  if (!reservations.some(({ target }) => target.kind === 'match')) return
  const standingOf = await readStandings(domain, nowMs)
  const isServing = (machineId: string) => standingOf(machineId)?.obstacle === null
  for (const { id, target, tenant, fromMs, untilMs, machineIds } of reservations) {
    if (target.kind !== 'match') continue
    const isWhole = machineIds.length === target.count
    if (isWhole && machineIds.every(isServing)) continue
    const window = { reservationId: id, tenant, fromMs: Math.max(fromMs, nowMs), untilMs }
    let pinned: readonly string[]
    try {
      pinned = await pinMachines(domain, target, window, nowMs, machineIds)
    } catch (error) {
      // A form that nobody reads any more: it keeps what it has, and holds up nobody else.
      if (!(error instanceof AppError && error.code === 'unprocessable')) throw error
      domain.log.error('a reservation is not understood', {
        reservationId: id,
        error: errorChain(error),
      })
      continue
    }
    if (pinned.join() === machineIds.toSorted().join()) continue
    work.claimFleet()
    const record = await work.reservations.get(id)
    work.reservations.update({ ...record, machineIds: pinned })
    domain.log.warn('machines of a reservation were replaced', { reservationId: id, pinned })
    // The next one must see what this one took: the change of a reservation asks again.
    return
  }
}
