import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteStore } from '../../../server/store/sqlite/sqlite-store.ts'
import type { Change, Store } from '../../../server/store/store.ts'
import { inspectionRecord, machineRecord } from './records.ts'

let store: Store
beforeEach(() => {
  store = openSqliteStore(':memory:', () => 'made')
})
afterEach(() => store.close())

const machine = (id: string, changes: Parameters<typeof machineRecord>[1] = {}): Change => ({
  kind: 'machine',
  record: machineRecord(id, changes),
  before: null,
  evidence: [],
})

test('machines are found by their names, as they are called now', async () => {
  await store.commit([
    machine('m1', { name: 'a' }),
    machine('m2', { name: 'b', flags: ['imported'] }),
    machine('m3', { name: 'a' }),
    machine('m4'),
  ])
  const idsOf = async (names: readonly string[]) =>
    (await store.machinesNamed(names)).map(({ id }) => id)
  expect(await idsOf(['a', 'b', 'x'])).toEqual(['m1', 'm2', 'm3'])
  const renamed = machineRecord('m1', { name: 'x', generation: 2 })
  await store.commit([{ kind: 'machine', record: renamed, before: 1, evidence: [] }])
  expect(await idsOf(['x'])).toEqual(['m1'])
  expect(await idsOf([])).toEqual([])
  expect(await store.foreignNames(['a', 'b', 'x', 'y'])).toEqual(['a', 'x'])
})

test('imported machines are dropped some at a time, and no other machine is', async () => {
  const flags = ['imported'] as const
  await store.commit([
    machine('m1'),
    machine('m2', { flags, inspectionId: 'i2' }),
    machine('m3', { flags: ['imported', 'maintenance'] }),
    machine('m4', { flags }),
    { kind: 'inspection', record: inspectionRecord('i2', 'm2'), before: null },
  ])
  expect(await store.forgetImported('m1', 10)).toBe(0)
  expect(await store.forgetImported(null, 2)).toBe(2)
  expect(await store.forgetImported(null, 2)).toBe(1)
  expect(await store.forgetImported(null, 2)).toBe(0)
  expect((await store.machines()).map(({ id }) => id)).toEqual(['m1'])
  expect(await store.inspection('i2')).toBeNull()
})
