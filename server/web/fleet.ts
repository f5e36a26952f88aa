import type { Allocation, AssayEvent, Image, MachineSummary } from '../../protocol/api.ts'

/** All that the page knows of, by id. */
export interface Fleet {
  readonly machines: ReadonlyMap<string, MachineSummary>
  readonly allocations: ReadonlyMap<string, Allocation>
  readonly images: readonly Image[]
}

export const emptyFleet: Fleet = { machines: new Map(), allocations: new Map(), images: [] }

/**
 * The fleet after some events. Events and lists overtake each other: a record of an older generation
 * than the one that is held changes nothing. Copies once, however many events there are.
 */
export function applyEvents(fleet: Fleet, events: readonly AssayEvent[]): Fleet {
  const machines = new Map(fleet.machines)
  const allocations = new Map(fleet.allocations)
  for (const event of events) {
    switch (event.kind) {
      case 'machine':
        setNewer(machines, event.machine)
        break
      case 'allocation':
        setNewer(allocations, event.allocation)
        break
      case 'activity': {
        const { machineId, activity, telemetry, atMs } = event
        const held = machines.get(machineId)
        if (held === undefined) break
        machines.set(machineId, { ...held, activity, telemetry, lastSeenAtMs: atMs })
      }
    }
  }
  return { ...fleet, machines, allocations }
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

function setNewer<T extends Versioned>(held: Map<string, T>, item: T): void {
  const before = held.get(item.id)
  if (before === undefined || before.generation <= item.generation) held.set(item.id, item)
}
