import { readOutlooks } from '../allocation/read-fleet.ts'
import type { Domain } from '../domain.ts'
import type { Work } from '../store/work.ts'
import { pinMachines } from './pin-machines.ts'

/** Replaces machines of a reservation that fell out of service, one reservation a time. */
export async function repinReservations(domain: Domain, work: Work): Promise<void> {
  await work.readFleet()
  const nowMs = domain.clock.now()
  const reservations = await work.store.reservations(nowMs)
  if (!reservations.some(({ target }) => target.kind === 'match')) return
  const machines = await readOutlooks(domain, work, await work.store.openAllocations(), nowMs)
  for (const { id, target, tenant, fromMs, untilMs, machineIds } of reservations) {
    if (target.kind !== 'match') continue
    const isServing = (machineId: string) =>
      machines.some((machine) => machine.id === machineId && machine.obstacle === null)
    if (machineIds.length === target.count && machineIds.every(isServing)) continue
    const window = { reservationId: id, tenant, fromMs: Math.max(fromMs, nowMs), untilMs }
    const pinned = pinMachines(target, window, machines, machineIds)
    if (pinned.join() === machineIds.toSorted().join()) continue
    work.claimFleet()
    const record = await work.reservations.get(id)
    work.reservations.update({ ...record, machineIds: pinned })
    domain.log.warn('machines of a reservation were replaced', { reservationId: id, pinned })
    // The next one must see what this one took: the change of a reservation asks again.
    return
  }
}
