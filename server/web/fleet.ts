import type { Allocation, AssayEvent, Image, MachineSummary } from '../../protocol/api.ts'

/** All that the page knows of, by id. */
export interface Fleet {
  readonly machines: ReadonlyMap<string, MachineSummary>
  readonly allocations: ReadonlyMap<string, Allocation>
  readonly images: readonly Image[]
}

export const emptyFleet: Fleet = { machines: new Map(), allocations: new Map(), images: [] }

/**
 * The fleet after an event. Events and lists overtake each other: a record of an older generation
 * than the one that is held changes nothing.
 */
export function applyEvent(fleet: Fleet, event: AssayEvent): Fleet {
  switch (event.kind) {
    case 'machine':
      return { ...fleet, machines: withNewer(fleet.machines, event.machine) }
    case 'allocation':
      return { ...fleet, allocations: withNewer(fleet.allocations, event.allocation) }
    case 'activity': {
      const { machineId, activity, telemetry, atMs } = event
      const held = fleet.machines.get(machineId)
      if (held === undefined) return fleet
      const machines = new Map(fleet.machines)
      machines.set(machineId, { ...held, activity, telemetry, lastSeenAtMs: atMs })
      return { ...fleet, machines }
    }
  }
}

/** The fleet with lists that were just fetched: what they lack is gone. */
export function applyLists(
  fleet: Fleet,
  lists: {
    readonly machines: readonly MachineSummary[]
    readonly allocations: readonly Allocation[]
    readonly images: readonly Image[]
  },
): Fleet {
  return {
    machines: newest(fleet.machines, lists.machines),
    allocations: newest(fleet.allocations, lists.allocations),
    images: lists.images,
  }
}

interface Versioned {
  readonly id: string
  readonly generation: number
}

function newest<T extends Versioned>(
  held: ReadonlyMap<string, T>,
  list: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(
    list.map((item) => {
      const kept = held.get(item.id)
      return [item.id, kept !== undefined && kept.generation > item.generation ? kept : item]
    }),
  )
}

function withNewer<T extends Versioned>(
  held: ReadonlyMap<string, T>,
  item: T,
): ReadonlyMap<string, T> {
  const before = held.get(item.id)
  if (before !== undefined && before.generation > item.generation) return held
  return new Map(held).set(item.id, item)
}
