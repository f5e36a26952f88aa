import assert from 'node:assert/strict'
import {
  allocationTransitions,
  commandTransitions,
  machineTransitions,
} from '../../protocol/states.ts'
import type {
  AllocationState,
  CommandState,
  MachineState,
  Transition,
} from '../../protocol/states.ts'

/** The states a new record may begin in. */
const initialStates = {
  machine: ['enrolled'],
  command: ['preparing'],
  allocation: ['pending', 'reserved'],
} as const satisfies {
  readonly machine: readonly MachineState[]
  readonly command: readonly CommandState[]
  readonly allocation: readonly AllocationState[]
}

const steps = {
  machine: pairs(machineTransitions),
  command: pairs(commandTransitions),
  allocation: pairs(allocationTransitions),
}

/**
 * The last guard before the disk: a record keeps its state or takes one step of its table. `before`
 * is null for a new record. Several steps in one transaction are several changes.
 */
export function assertStep(
  entity: keyof typeof steps,
  id: string,
  before: string | null,
  after: string,
): void {
  if (before === null) {
    const isInitial = initialStates[entity].some((state) => state === after)
    assert(isInitial, `${entity} '${id}' may not begin in '${after}'`)
    return
  }
  const isLegal = before === after || steps[entity].has(`${before} ${after}`)
  assert(isLegal, `${entity} '${id}' may not go from '${before}' to '${after}'`)
}

/** Counters that may stay or rise. */
export function assertRises(name: string, id: string, before: number, after: number): void {
  assert(after >= before, `${name} of '${id}' may not fall from ${before} to ${after}`)
}

function pairs<S extends string>(table: Record<string, Transition<S>>): ReadonlySet<string> {
  return new Set(
    Object.values(table).flatMap(({ from, to }) => from.map((state) => `${state} ${to}`)),
  )
}
