import { describe, expect, test } from 'vitest'
import type { MachineSummary } from '../../../protocol/api.ts'
import { machine } from './made-summary.ts'
import { applyEvents, applyLists, emptyFleet } from '../../../server/web/fleet.ts'

describe('the fleet of the page', () => {
  test('takes what is newer and leaves what is older, in whatever order they come', () => {
    const older = machine({ generation: 1, state: 'inspecting' })
    const newer = machine({ generation: 2, state: 'available' })
    const event = (seq: number, machine: MachineSummary) =>
      ({ kind: 'machine', seq, atMs: 0, machine }) as const
    const fleet = applyEvents(emptyFleet, [event(2, newer), event(1, older)])
    expect(fleet.machines.get('m')?.state).toBe('available')
    const listed = applyLists(fleet, { machines: [older], allocations: [], images: [] })
    expect(listed.machines.get('m')?.state).toBe('available')
  })

  test('forgets what a list lacks', () => {
    const fleet = applyLists(emptyFleet, { machines: [machine({})], allocations: [], images: [] })
    expect(applyLists(fleet, { machines: [], allocations: [], images: [] }).machines.size).toBe(0)
  })

  test('shows activity of machines it knows and of no others', () => {
    const fleet = applyLists(emptyFleet, { machines: [machine({})], allocations: [], images: [] })
    const activity = { kind: 'discovery', classesDone: 1, classesTotal: 11 } as const
    const event = { kind: 'activity', seq: null, atMs: 5, activity, telemetry: null } as const
    expect(applyEvents(fleet, [{ ...event, machineId: 'm' }]).machines.get('m')).toMatchObject({
      activity,
      lastSeenAtMs: 5,
    })
    expect(applyEvents(fleet, [{ ...event, machineId: 'other' }])).toEqual(fleet)
  })
})
