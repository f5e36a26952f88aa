import { allocationTransitions, isHolding, isOpenAllocation } from '../../../../protocol/states.ts'
import type { AllocationState, Transition } from '../../../../protocol/states.ts'
import { membersInUse } from '../../../../server/allocation/allocation-record.ts'
import { latestEndMs, turnaroundMs } from '../../../../server/allocation/outlook.ts'
import type { AllocationRecord, MachineRecord } from '../../../../server/store/records.ts'
import type { Store } from '../../../../server/store/store.ts'

/**
 * What must hold of a store after every step, whatever happened: asked of what is durable. Remembers
 * what it saw, because some of it is about change.
 */
export class Invariants {
  readonly #store: Store
  readonly #states = new Map<string, AllocationState>()
  readonly #tokens = new Map<string, number>()
  readonly #grants = new Map<string, string>()
  /** Null before the first look at a store that has a past: what it holds was given under other quotas. */
  #inUse: ReadonlySet<string> | null

  /** @param hasPast Whether the store lived before the first look. */
  constructor(store: Store, hasPast = false) {
    this.#store = store
    this.#inUse = hasPast ? null : new Set()
  }

  /** What is wrong now; empty where all is well. */
  async check(nowMs: number): Promise<readonly string[]> {
    const machines = await this.#store.machines()
    const open = await this.#store.openAllocations()
    const changed = await Promise.all(
      [...this.#states.keys()]
        .filter((id) => !open.some((one) => one.id === id))
        .map((id) => this.#store.allocation(id)),
    )
    const allocations = [...open, ...changed.filter((one) => one !== null)]
    return [
      ...holding(machines, open),
      ...this.#steps(allocations),
      ...this.#fencing(machines, allocations),
      ...deadlines(open),
      ...(await this.#reservations(open, nowMs)),
      ...(await this.#quotas(open)),
      ...(await this.#metering(open, nowMs)),
    ]
  }

  /** No transition outside the table. */
  #steps(allocations: readonly AllocationRecord[]): readonly string[] {
    const wrong: string[] = []
    for (const { id, state } of allocations) {
      const before = this.#states.get(id) ?? 'pending'
      if (!reachable(before).has(state)) wrong.push(`${id} went from ${before} to ${state}`)
      if (isOpenAllocation(state)) this.#states.set(id, state)
      else this.#states.delete(id)
    }
    return wrong
  }

  /** Tokens never fall, and every grant of a machine has one of its own. */
  #fencing(
    machines: readonly MachineRecord[],
    allocations: readonly AllocationRecord[],
  ): readonly string[] {
    const wrong: string[] = []
    for (const { id, fencingToken } of machines) {
      const before = this.#tokens.get(id) ?? 0
      if (fencingToken < before) wrong.push(`token of ${id} fell from ${before} to ${fencingToken}`)
      this.#tokens.set(id, fencingToken)
    }
    for (const { id, members } of allocations) {
      for (const { machineId, fencingToken } of members) {
        const key = `${machineId}:${fencingToken}`
        const holder = this.#grants.get(key) ?? id
        if (holder !== id) wrong.push(`token ${key} was given to ${holder} and to ${id}`)
        this.#grants.set(key, id)
      }
    }
    return wrong
  }

  /** No lease of another tenant runs into a window. */
  async #reservations(
    open: readonly AllocationRecord[],
    nowMs: number,
  ): Promise<readonly string[]> {
    const wrong: string[] = []
    for (const reservation of await this.#store.reservations(nowMs)) {
      for (const allocation of open) {
        if (allocation.tenant === reservation.tenant) continue
        const endMs = latestEndMs(allocation)
        if (endMs === null || endMs + turnaroundMs <= reservation.fromMs) continue
        for (const { machineId } of membersInUse(allocation)) {
          if (!reservation.machineIds.includes(machineId)) continue
          wrong.push(`lease ${allocation.id} on ${machineId} runs into ${reservation.id}`)
        }
      }
    }
    return wrong
  }

  /** Whoever was given machines since the last look is within the quota. */
  async #quotas(open: readonly AllocationRecord[]): Promise<readonly string[]> {
    const limits = new Map((await this.#store.tenants()).map((tenant) => [tenant.id, tenant]))
    const given = new Set<string>()
    const inUse = new Set<string>()
    const counts = new Map<string, number>()
    for (const allocation of open) {
      for (const { machineId } of membersInUse(allocation)) {
        const key = `${allocation.id}:${machineId}`
        inUse.add(key)
        if (this.#inUse?.has(key) === false) given.add(allocation.tenant)
        counts.set(allocation.tenant, (counts.get(allocation.tenant) ?? 0) + 1)
      }
    }
    this.#inUse = inUse
    return [...given].flatMap((tenant) => {
      const most = limits.get(tenant)?.machinesMaximum ?? Infinity
      const count = counts.get(tenant) ?? 0
      return count > most ? [`${tenant} was given machines up to ${count} of ${most}`] : []
    })
  }

  /** What is in use is metered, once, and nothing else is. */
  async #metering(open: readonly AllocationRecord[], nowMs: number): Promise<readonly string[]> {
    const rows = (await this.#store.usage(0, nowMs + 1)).filter(({ untilMs }) => untilMs === null)
    const metered = rows.map(({ allocationId, machineId }) => `${allocationId}:${machineId}`)
    const used = open.flatMap((allocation) =>
      membersInUse(allocation).map(({ machineId }) => `${allocation.id}:${machineId}`),
    )
    const [left, right] = [metered.toSorted().join(), used.toSorted().join()]
    return left === right ? [] : [`metered ${left}, used ${right}`]
  }
}

/** A machine is in at most one live allocation, and both say so. */
function holding(
  machines: readonly MachineRecord[],
  open: readonly AllocationRecord[],
): readonly string[] {
  const wrong: string[] = []
  const holders = new Map<string, string>()
  for (const { id, state, members } of open) {
    for (const { machineId, held } of members) {
      if (!held) continue
      if (!isHolding(state)) wrong.push(`${id} is '${state}' and holds ${machineId}`)
      const other = holders.get(machineId)
      if (other !== undefined) wrong.push(`${machineId} is held by ${other} and by ${id}`)
      holders.set(machineId, id)
    }
    const isServed = isHolding(state)
    if (isServed && members.every(({ held }) => !held)) wrong.push(`${id} is '${state}', empty`)
  }
  for (const { id, state, allocationId } of machines) {
    const holder = holders.get(id) ?? null
    if (allocationId !== holder) wrong.push(`${id} says ${allocationId}, held by ${holder}`)
    if (state === 'available' && holder !== null) wrong.push(`${id} is available and held`)
    if (state === 'allocated' && holder === null) wrong.push(`${id} is allocated by nobody`)
  }
  return wrong
}

/** Whatever time ends is woken by it. */
function deadlines(open: readonly AllocationRecord[]): readonly string[] {
  return open
    .filter(({ state, wakeAtMs }) => state !== 'releasing' && wakeAtMs === null)
    .map(({ id, state }) => `${id} is '${state}' without an end`)
}

/** States that can follow a state, by any number of steps. */
function reachable(from: AllocationState): ReadonlySet<AllocationState> {
  const kept = reachableFrom.get(from)
  if (kept !== undefined) return kept
  const transitions: readonly Transition<AllocationState>[] = Object.values(allocationTransitions)
  const found = new Set<AllocationState>([from])
  for (let size = 0; size !== found.size;) {
    size = found.size
    for (const { from: sources, to } of transitions) {
      if (sources.some((source) => found.has(source))) found.add(to)
    }
  }
  reachableFrom.set(from, found)
  return found
}

const reachableFrom = new Map<AllocationState, ReadonlySet<AllocationState>>()
