import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { MachineViews } from '../machines/views.ts'
import { type ProfileBook, readProfiles } from '../profiles/profile-book.ts'
import { type QuotaState, quotaOf, withMachine } from '../quotas/quota.ts'
import { SerialLane } from '../sessions/serial-lane.ts'
import type { FleetChanges } from '../store/fleet-store.ts'
import type { ProfileEntry } from '../store/profile-store.ts'
import type {
  AllocationRecord,
  MachineRecord,
  ReservationRecord,
  TenantRecord,
} from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { membersInUse } from './allocation-record.ts'
import type { FleetDelta, MachineDelta } from './engine/delta.ts'
import type { FleetSource } from './engine/planner.ts'
import { standingAt, standingOf } from './outlook.ts'
import type { Booking, Outlook, Standing, StandingSource } from './outlook.ts'
import type { Turns } from '../turns.ts'

/** Changes read at a time. */
const readMaximum = 64

/** What is kept of a machine: a record is large. */
interface KnownMachine extends StandingSource {
  readonly allocationId: string | null
  readonly inventoryRevision: number
  /** The number of changes after which its attributes were read. */
  readonly readAtSeq: number
  readonly outlook: Outlook
}

/**
 * All that decisions over the fleet look at, kept from decision to decision. Before each it is
 * brought up to the store's last commit, whoever made that, and the windows that ended by time are
 * dropped; so it is never older than what the decision read before.
 */
export class FleetPicture implements FleetSource {
  readonly #store: Store
  readonly #views: MachineViews
  readonly #turns: Turns
  readonly #lane = new SerialLane()
  readonly #machines = new Map<string, KnownMachine>()
  readonly #open = new Map<string, AllocationRecord>()
  readonly #tenants = new Map<string, TenantRecord>()
  readonly #reservations = new Map<string, ReservationRecord>()
  readonly #bookings = new Map<string, readonly Booking[]>()
  /** Machines of which the engine has not been told, and whether their attributes are among it. */
  readonly #untold = new Map<string, 'standing' | 'all'>()
  /** What allocations add to the quotas of their tenants. */
  readonly #held = new WeakMap<
    AllocationRecord,
    { readonly counted: string; readonly held: QuotaState }
  >()
  #gone: string[] = []
  #told: readonly ProfileEntry[] | null = null
  #profiles: readonly ProfileEntry[] = []
  #seq = 0

  constructor(store: Store, views: MachineViews, turns: Turns) {
    this.#store = store
    this.#views = views
    this.#turns = turns
  }

  /** Takes over what was committed until now, at least. The profiles that go with it. */
  async update(nowMs: number): Promise<ProfileBook> {
    return this.#lane.run(async () => {
      for (;;) {
        const changes = await this.#store.fleetChanges(this.#seq, readMaximum)
        await this.#take(changes)
        if (changes.isLast) break
        await this.#turns.give()
      }
      for (const { id, untilMs } of this.#reservations.values()) {
        if (untilMs <= nowMs) this.#restand(this.#dropReservation(id))
      }
      this.#profiles = await this.#store.profileLog()
      return readProfiles(this.#store)
    })
  }

  async hold<T>(body: () => Promise<T>): Promise<T> {
    return this.#lane.run(body)
  }

  get seq(): number {
    return this.#seq
  }

  get machineCount(): number {
    return this.#machines.size
  }

  get tenants(): ReadonlyMap<string, TenantRecord> {
    return this.#tenants
  }

  /** Allocations that wait. */
  queued(): readonly AllocationRecord[] {
    return [...this.#open.values()].filter(({ state }) => state === 'queued')
  }

  /** What tenants with limits may have and have, of those named. */
  quotas(tenants: Iterable<string>): ReadonlyMap<string, QuotaState> {
    const found = new Map<string, QuotaState>()
    for (const name of new Set(tenants)) {
      const record = this.#tenants.get(name)
      if (record !== undefined) found.set(name, quotaOf(record))
    }
    if (found.size === 0) return found
    for (const allocation of this.#open.values()) {
      const quota = found.get(allocation.tenant)
      if (quota === undefined) continue
      const held = this.#heldBy(allocation, quota)
      const sums = new Map(quota.sums)
      for (const [name, sum] of held.sums) sums.set(name, (sums.get(name) ?? 0n) + sum)
      found.set(allocation.tenant, { ...quota, machines: quota.machines + held.machines, sums })
    }
    return found
  }

  /** A machine as it is at a moment; null: there is none. */
  standing(id: string, nowMs: number): Standing | null {
    const known = this.#machines.get(id)
    return known === undefined ? null : standingAt(known.outlook, nowMs)
  }

  /** Whether what a record says of the machine's hardware was known when `seq` was. */
  isAsKnown({ id, inventoryRevision }: MachineRecord, seq: number): boolean {
    const known = this.#machines.get(id)
    return known?.inventoryRevision === inventoryRevision && known.readAtSeq <= seq
  }

  tell(limit: number): { readonly delta: FleetDelta; readonly isLast: boolean } {
    const machines: MachineDelta[] = []
    for (const [id, what] of this.#untold) {
      if (machines.length === limit) break
      this.#untold.delete(id)
      const known = this.#machines.get(id)
      if (known === undefined) continue
      const { attributes, ...standing } = known.outlook
      machines.push({ standing, attributes: what === 'all' ? attributes : null })
    }
    const gone = this.#gone
    this.#gone = []
    const profiles = this.#told === this.#profiles ? null : this.#profiles
    this.#told = this.#profiles
    return { delta: { machines, gone, profiles }, isLast: this.#untold.size === 0 }
  }

  tellAnew(): void {
    this.#gone = []
    this.#told = null
    for (const id of this.#machines.keys()) this.#untold.set(id, 'all')
  }

  async #take(changes: FleetChanges): Promise<void> {
    const { seq } = changes
    const machines: KnownMachine[] = []
    for (const record of changes.machines) {
      machines.push(await this.#readMachine(record, seq))
      await this.#turns.give()
    }
    // From here on nothing gives way: nobody sees a half of it.
    const touched = new Set<string>()
    for (const tenant of changes.tenants) this.#tenants.set(tenant.id, tenant)
    for (const reservation of changes.reservations) {
      for (const id of this.#takeReservation(reservation)) touched.add(id)
    }
    for (const allocation of changes.allocations) {
      for (const id of this.#takeAllocation(allocation.id, allocation)) touched.add(id)
    }
    for (const ended of changes.allocationsEnded) {
      for (const id of this.#takeAllocation(ended, null)) touched.add(id)
    }
    for (const machine of machines) {
      const { id, inventoryRevision } = machine
      const isSame = this.#machines.get(id)?.inventoryRevision === inventoryRevision
      if (!isSame) this.#untold.set(id, 'all')
      this.#machines.set(id, machine)
      const holder = this.#open.get(machine.allocationId ?? '')
      if (!isSame && holder !== undefined) this.#held.delete(holder)
      touched.add(id)
    }
    for (const id of changes.machinesGone) {
      if (!this.#machines.delete(id)) continue
      this.#untold.delete(id)
      this.#gone.push(id)
    }
    this.#restand(touched)
    this.#seq = seq
  }

  /** With the standing it had before. */
  async #readMachine(record: MachineRecord, seq: number): Promise<KnownMachine> {
    const { id, state, stateSinceMs, flags, eraseDue, allocationId, inventoryRevision } = record
    const standingSource = { id, state, stateSinceMs, flags, eraseDue }
    const source = { ...standingSource, allocationId, inventoryRevision }
    const before = this.#machines.get(id)
    if (before?.inventoryRevision === inventoryRevision) {
      return { ...source, readAtSeq: before.readAtSeq, outlook: before.outlook }
    }
    const attributes = await this.#views.attributes(record)
    const standing = before?.outlook ?? standingOf(source, null, noBookings)
    return { ...source, readAtSeq: seq, outlook: { ...standing, attributes } }
  }

  /** What an allocation adds to a quota, summed up once for as long as nothing of it changes. */
  #heldBy(allocation: AllocationRecord, quota: QuotaState): QuotaState {
    const counted = [...quota.maxima.keys()].join()
    const known = this.#held.get(allocation)
    if (known?.counted === counted) return known.held
    const held = membersInUse(allocation).reduce<QuotaState>(
      (sum, { machineId }) => withMachine(sum, this.#attributesOf(machineId)),
      { ...quota, machines: 0, sums: new Map<string, bigint>() },
    )
    this.#held.set(allocation, { counted, held })
    return held
  }

  #attributesOf(id: string): AttributeValues {
    return this.#machines.get(id)?.outlook.attributes ?? new Map()
  }

  /** The machines that it concerns. */
  #takeAllocation(id: string, allocation: AllocationRecord | null): readonly string[] {
    const before = this.#open.get(id)
    if (allocation === null) this.#open.delete(id)
    else this.#open.set(id, allocation)
    const members = [...(before?.members ?? []), ...(allocation?.members ?? [])]
    return members.map(({ machineId }) => machineId)
  }

  #takeReservation(record: ReservationRecord): readonly string[] {
    const { id, tenant, fromMs, untilMs, machineIds, cancelledAtMs } = record
    const before = this.#dropReservation(id)
    if (cancelledAtMs !== null) return before
    this.#reservations.set(id, record)
    const booking = { reservationId: id, tenant, fromMs, untilMs }
    for (const machineId of machineIds) {
      this.#bookings.set(machineId, [...(this.#bookings.get(machineId) ?? []), booking])
    }
    return [...before, ...machineIds]
  }

  #dropReservation(id: string): readonly string[] {
    const before = this.#reservations.get(id)
    if (before === undefined) return []
    this.#reservations.delete(id)
    for (const machineId of before.machineIds) {
      const left = this.#bookings.get(machineId)?.filter((one) => one.reservationId !== id) ?? []
      if (left.length === 0) this.#bookings.delete(machineId)
      else this.#bookings.set(machineId, left)
    }
    return before.machineIds
  }

  /** Says anew how machines stand. */
  #restand(ids: Iterable<string>): void {
    for (const id of ids) {
      const known = this.#machines.get(id)
      if (known === undefined) continue
      const allocation = this.#open.get(known.allocationId ?? '') ?? null
      const standing = standingOf(known, allocation, this.#bookings.get(id) ?? noBookings)
      const isTold = this.#untold.get(id) === undefined
      if (isTold && isSameStanding(standing, known.outlook)) continue
      const outlook = { ...standing, attributes: known.outlook.attributes }
      this.#machines.set(id, { ...known, outlook })
      if (isTold) this.#untold.set(id, 'standing')
    }
  }
}

const noBookings: readonly Booking[] = []

function isSameStanding(a: Standing, b: Standing): boolean {
  return (
    a.obstacle === b.obstacle &&
    a.freeAtMs === b.freeAtMs &&
    a.heldBy === b.heldBy &&
    a.heldFor === b.heldFor &&
    a.bookings === b.bookings
  )
}
