import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Change, Store } from '../../../server/store/store.ts'
import { allocationRecord, machineRecord } from './records.ts'

/** What every store tells of changes of the fleet. */
export function fleetStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`${name}, changes of the fleet`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const machine = (id: string, generation = 1, changes = {}): Change => ({
      kind: 'machine',
      record: machineRecord(id, { generation, ...changes }),
      before: generation === 1 ? null : generation - 1,
      evidence: [],
    })
    const nothing = {
      isLast: true,
      machines: [],
      machinesGone: [],
      allocations: [],
      allocationsEnded: [],
      tenants: [],
      reservations: [],
    }

    it('are told once each, as the records are now, and then no more', async () => {
      expect(await store.fleetChanges(0, 10)).toEqual({ seq: 0, ...nothing })
      await store.commit([machine('m1'), machine('m2')])
      await store.commit([machine('m1', 2)])
      await store.commit([machine('m1', 3)])
      const told = await store.fleetChanges(0, 10)
      expect(told.machines.map(({ id, generation }) => [id, generation])).toEqual([
        ['m2', 1],
        ['m1', 3],
      ])
      expect(await store.fleetChanges(told.seq, 10)).toEqual({ seq: told.seq, ...nothing })
      await store.commit([machine('m2', 2)])
      const next = await store.fleetChanges(told.seq, 10)
      expect(next.machines.map(({ id }) => id)).toEqual(['m2'])
      expect(next.seq).toBeGreaterThan(told.seq)
    })

    it('are told in parts that miss nothing where a record changes between them', async () => {
      await store.commit(['m1', 'm2', 'm3'].map((id) => machine(id)))
      const first = await store.fleetChanges(0, 2)
      expect(first.isLast).toBe(false)
      await store.commit([machine('m1', 2)])
      const second = await store.fleetChanges(first.seq, 2)
      expect(second.isLast).toBe(true)
      const seen = [...first.machines, ...second.machines]
      expect(seen.map(({ id, generation }) => `${id} ${generation}`)).toEqual([
        'm1 1',
        'm2 1',
        'm3 1',
        'm1 2',
      ])
    })

    it('are none where a commit failed', async () => {
      await store.commit([machine('m1')])
      const { seq } = await store.fleetChanges(0, 10)
      await expect(store.commit([machine('m1', 2), machine('m1', 2)])).rejects.toThrow('generation')
      expect((await store.fleetChanges(seq, 10)).machines).toEqual([])
    })

    it('name allocations that ended and machines that are no more', async () => {
      const expired = allocationRecord('a1', [], { generation: 2, state: 'expired' })
      await store.commit([
        machine('m1', 1, { flags: ['imported'] }),
        { kind: 'allocation', record: allocationRecord('a1', []), before: null },
      ])
      const first = await store.fleetChanges(0, 10)
      expect(first.allocations.map(({ id }) => id)).toEqual(['a1'])
      await store.commit([{ kind: 'allocation', record: expired, before: 1 }])
      await store.forgetImported('m1')
      expect(await store.fleetChanges(first.seq, 10)).toMatchObject({
        allocations: [],
        allocationsEnded: ['a1'],
        machines: [],
        machinesGone: ['m1'],
      })
    })

    it('add usage of one span up, as many machines as there were', async () => {
      const begin = (machineId: string, tenant: string, fromMs: number): Change => {
        const usage = { allocationId: 'a1', machineId, tenant, shape: null, fromMs }
        return { kind: 'usage-begin', usage }
      }
      await store.commit([
        ...['m1', 'm2', 'm3', 'm4'].map((id) => machine(id)),
        { kind: 'allocation', record: allocationRecord('a1', []), before: null },
        begin('m1', 't', 5),
        begin('m2', 't', 5),
        begin('m3', 't', 6),
        begin('m4', 'u', 5),
        { kind: 'usage-end', allocationId: 'a1', machineId: 'm4', atMs: 8 },
      ])
      const open = { tenant: 't', untilMs: null }
      expect(await store.usageSpans(0, 10)).toEqual([
        { ...open, fromMs: 5, machines: 2 },
        { ...open, fromMs: 6, machines: 1 },
        { tenant: 'u', fromMs: 5, untilMs: 8, machines: 1 },
      ])
      expect(await store.usageSpans(8, 10)).toHaveLength(2)
      expect(await store.usageSpans(0, 5)).toEqual([])
    })
  })
}
