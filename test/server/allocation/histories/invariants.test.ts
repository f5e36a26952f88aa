import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AllocationRecord } from '../../../../server/store/records.ts'
import { openSqliteStore } from '../../../../server/store/sqlite/sqlite-store.ts'
import type { Change, Store } from '../../../../server/store/store.ts'
import { allocationRecord, machineRecord } from '../../store/records.ts'
import { Invariants } from './invariants.ts'

let store: Store
beforeEach(() => {
  store = openSqliteStore(':memory:', () => 'made')
})
afterEach(() => store.close())

const machine = (changes = {}): Change => ({
  kind: 'machine',
  record: machineRecord('m1', changes),
  before: null,
  evidence: [],
})
const allocation = (changes: Partial<AllocationRecord> = {}, machines = ['m1']): Change => ({
  kind: 'allocation',
  record: allocationRecord('a1', machines, changes),
  before: null,
})
const metered: Change = {
  kind: 'usage-begin',
  usage: { allocationId: 'a1', machineId: 'm1', tenant: 'tester', shape: null, fromMs: 1 },
}
const held = { allocationId: 'a1', fencingToken: 1 }
const check = () => new Invariants(store).check(10)

describe('the invariants', () => {
  it('hold for a store in order', async () => {
    await store.commit([machine(held), allocation(), metered])
    expect(await check()).toEqual([])
  })

  it.each([
    ['a machine and its allocation disagree', [machine({}), allocation(), metered], 'says null'],
    [
      'an allocation has no end',
      [machine(held), allocation({ wakeAtMs: null }), metered],
      'an end',
    ],
    ['nobody meters', [machine(held), allocation()], 'metered'],
    ['what is over is metered', [machine(held), allocation(), metered, metered2()], 'metered'],
    ['an allocation holds nothing', [machine({}), allocation({}, [])], 'empty'],
    [
      'a quota is exceeded',
      [machine(held), allocation(), metered, quota(0)],
      'was given machines up to 1 of 0',
    ],
    [
      'a lease runs into a window',
      [machine(held), allocation({ holdUntilMs: 50 }), metered, window()],
      'runs into',
    ],
  ])('tell when %s', async (_, changes, text) => {
    await store.commit(changes)
    expect((await check()).join()).toContain(text)
  })
})

function metered2(): Change {
  return {
    kind: 'usage-end',
    allocationId: 'a1',
    machineId: 'm1',
    atMs: 2,
  }
}

function quota(machinesMaximum: number): Change {
  const rest = { weight: 1, priorityMaximum: 0, attributeMaxima: {} }
  const record = { id: 'tester', generation: 1, machinesMaximum, ...rest }
  return { kind: 'tenant', record, before: null }
}

function window(): Change {
  const record = {
    id: 'r1',
    generation: 1,
    tenant: 'other',
    target: { kind: 'machines' as const, machines: ['m1'] },
    machineIds: ['m1'],
    fromMs: 100,
    untilMs: 200,
    note: null,
    createdBy: 'test',
    createdAtMs: 1,
    cancelledAtMs: null,
  }
  return { kind: 'reservation', record, before: null }
}
