import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  allocationStates,
  allocationTransitions,
  commandStates,
  commandTransitions,
  machineStates,
  machineTransitions,
  nextState,
} from '../../protocol/states.ts'
import type { Transition } from '../../protocol/states.ts'
import { statesDocument } from './states-document.ts'

const ended = new Set([
  'released',
  'failed',
  'expired',
  'cancelled',
  'revoked',
  'done',
  'aborted',
  'indeterminate',
])

describe.each([
  ['machine', machineStates, machineTransitions, 'enrolled'],
  ['allocation', allocationStates, allocationTransitions, 'pending'],
  ['command', commandStates, commandTransitions, 'preparing'],
] as const)('the %s table', (_name, states, table, first) => {
  const transitions: readonly Transition<string>[] = Object.values(table)

  test('reaches every state from the first one', () => {
    const reached = new Set<string>([first])
    for (const _ of states) {
      for (const { from, to } of transitions) {
        if (from.some((state) => reached.has(state))) reached.add(to)
      }
    }
    expect([...reached].toSorted()).toEqual([...states].toSorted())
  })

  test('has a way out of every state that is no end', () => {
    const stuck = states.filter(
      (state) => !ended.has(state) && !transitions.some(({ from }) => from.includes(state)),
    )
    expect(stuck).toEqual([])
  })
})

test('nextState answers null when the table has no such step', () => {
  expect(nextState(machineTransitions.allocate, 'available')).toBe('allocated')
  expect(nextState(machineTransitions.allocate, 'active')).toBeNull()
})

test('docs/states.md prints the tables', async () => {
  const page = await Bun.file(join(import.meta.dirname, '../../docs/states.md')).text()
  expect(page).toBe(statesDocument())
})
