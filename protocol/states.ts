/**
 * The state machines, as data: action -> the states it is legal in and the state it leads to.
 * The documentation prints these tables and the store refuses what is not in them.
 */

/** What a machine is doing. Ironic's words where they exist. */
export const machineStates = [
  'enrolled',
  'inspecting',
  'testing',
  'available',
  'allocated',
  'deploying',
  'active',
  'cleaning',
  'error',
] as const
export type MachineState = (typeof machineStates)[number]

/** Conditions beside the state. A machine with any of them is not schedulable. */
export const machineFlags = [
  'pending',
  'maintenance',
  'quarantined',
  'conflict',
  'drifted',
  'stale',
  'missing',
  /** Told of by a file, not by an agent: nobody can vouch for it, so it is never granted. */
  'imported',
] as const
export type MachineFlag = (typeof machineFlags)[number]

/** A rule of a state machine: in which states the action is legal, and where it leads. */
export interface Transition<State extends string> {
  readonly from: readonly State[]
  readonly to: State
}

export const machineTransitions = {
  inspect: { from: ['enrolled', 'available', 'error', 'inspecting', 'testing'], to: 'inspecting' },
  test: { from: ['inspecting'], to: 'testing' },
  offer: { from: ['inspecting', 'testing', 'cleaning'], to: 'available' },
  allocate: { from: ['available'], to: 'allocated' },
  deploy: { from: ['allocated'], to: 'deploying' },
  activate: { from: ['deploying', 'allocated'], to: 'active' },
  release: { from: ['allocated', 'deploying', 'active', 'error'], to: 'cleaning' },
  withdraw: { from: ['allocated'], to: 'available' },
  fail: {
    from: ['inspecting', 'testing', 'allocated', 'deploying', 'active', 'cleaning'],
    to: 'error',
  },
  recover: { from: ['error'], to: 'enrolled' },
} as const satisfies Record<string, Transition<MachineState>>
export type MachineAction = keyof typeof machineTransitions

/** What an allocation is doing. */
export const allocationStates = [
  'pending',
  'queued',
  'reserved',
  'active',
  'expiring',
  'releasing',
  'released',
  'failed',
  'expired',
  'cancelled',
  'revoked',
] as const
export type AllocationState = (typeof allocationStates)[number]

/** Allocation states in which its machines are held. */
export const liveAllocationStates = ['reserved', 'active', 'expiring', 'releasing'] as const

export function isHolding(state: AllocationState): boolean {
  return liveAllocationStates.some((live) => live === state)
}

/** Allocation states that something still follows. */
export const openAllocationStates = ['pending', 'queued', ...liveAllocationStates] as const

export function isOpenAllocation(state: AllocationState): boolean {
  return openAllocationStates.some((open) => open === state)
}

export const allocationTransitions = {
  reserve: { from: ['pending', 'queued'], to: 'reserved' },
  queue: { from: ['pending'], to: 'queued' },
  fail: { from: ['pending', 'queued', 'reserved'], to: 'failed' },
  confirm: { from: ['reserved'], to: 'active' },
  lapse: { from: ['queued', 'reserved'], to: 'expired' },
  cancel: { from: ['pending', 'queued'], to: 'cancelled' },
  announce: { from: ['active'], to: 'expiring' },
  renew: { from: ['active', 'expiring'], to: 'active' },
  release: { from: ['reserved', 'active', 'expiring'], to: 'releasing' },
  finish: { from: ['releasing'], to: 'released' },
  revoke: { from: ['releasing'], to: 'revoked' },
} as const satisfies Record<string, Transition<AllocationState>>
export type AllocationAction = keyof typeof allocationTransitions

/** What became of one destructive command to one machine. */
export const commandStates = [
  'preparing',
  'prepared',
  'authorized',
  'started',
  'verified',
  'done',
  'failed',
  'aborted',
  'indeterminate',
] as const
export type CommandState = (typeof commandStates)[number]

export const commandTransitions = {
  prepared: { from: ['preparing'], to: 'prepared' },
  authorize: { from: ['prepared'], to: 'authorized' },
  start: { from: ['authorized'], to: 'started' },
  verify: { from: ['started'], to: 'verified' },
  finish: { from: ['verified'], to: 'done' },
  fail: { from: ['preparing', 'prepared', 'authorized', 'started', 'verified'], to: 'failed' },
  abort: { from: ['preparing', 'prepared', 'authorized'], to: 'aborted' },
  lose: { from: ['authorized', 'started', 'verified'], to: 'indeterminate' },
} as const satisfies Record<string, Transition<CommandState>>
export type CommandAction = keyof typeof commandTransitions

/** Command states that nothing follows. */
export const endedCommandStates = ['done', 'failed', 'aborted', 'indeterminate'] as const

/** The state an action leads to, or null where the table has no such step. */
export function nextState<State extends string>(
  transition: { readonly from: readonly State[]; readonly to: State },
  state: State,
): State | null {
  return transition.from.includes(state) ? transition.to : null
}
