import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AllocationRecord } from '../../../server/store/records.ts'
import type { Change, Store } from '../../../server/store/store.ts'
import { allocationRecord, machineRecord } from './records.ts'

/** What every store does with queue, tenants, reservations, usage and webhooks. */
export function schedulingContract(name: string, open: () => Promise<Store>): void {
  describe(`${name}, for scheduling`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(async () => store.close())

    const insertMachine = (id: string): Change => ({
      kind: 'machine',
      record: machineRecord(id),
      before: null,
      evidence: [],
    })

    it('lists allocations that have not ended', async () => {
      const put = (id: string, changes: Partial<AllocationRecord> = {}): Change => ({
        kind: 'allocation',
        record: allocationRecord(id, [], changes),
        before: null,
      })
      const ended = allocationRecord('a2', [], { generation: 2, state: 'expired' })
      await store.commit([put('a1', { state: 'pending' }), put('a2'), put('a3')])
      await store.commit([{ kind: 'allocation', record: ended, before: 1 }])
      expect((await store.openAllocations()).map(({ id }) => id)).toEqual(['a3', 'a1'])
      // What was read before is not what is read after a change.
      const reserved = allocationRecord('a1', [], { generation: 2, state: 'reserved' })
      await store.commit([{ kind: 'allocation', record: reserved, before: 1 }])
      expect((await store.openAllocations()).map(({ state }) => state)).toEqual([
        'reserved',
        'reserved',
      ])
    })

    it('lets one decision after the other take from the fleet', async () => {
      const claim = (before: number): Change => ({ kind: 'fleet', before })
      expect(await store.fleetGeneration()).toBe(0)
      await store.commit([claim(0)])
      await store.commit([claim(1)])
      expect(await store.fleetGeneration()).toBe(2)
      for (const before of [0, 1, 3]) {
        await expect(store.commit([claim(before), insertMachine('m1')])).rejects.toMatchObject({
          name: 'StaleWriteError',
        })
      }
      expect(await store.machine('m1')).toBeNull()
    })

    it('meters what is had from its begin to its first end', async () => {
      const usage = {
        allocationId: 'a1',
        machineId: 'm1',
        tenant: 't',
        shape: { id: 's', text: 'S' },
        fromMs: 10,
      }
      await store.commit([
        insertMachine('m1'),
        { kind: 'allocation', record: allocationRecord('a1', []), before: null },
        { kind: 'usage-begin', usage },
      ])
      expect(await store.usage(0, 11)).toEqual([{ ...usage, untilMs: null }])
      expect(await store.usage(0, 10)).toEqual([])
      const end = (atMs: number): Change => ({
        kind: 'usage-end',
        allocationId: 'a1',
        machineId: 'm1',
        atMs,
      })
      await store.commit([end(20), end(30)])
      expect(await store.usage(19, 40)).toEqual([{ ...usage, untilMs: 20 }])
      expect(await store.usage(20, 40)).toEqual([])
      await expect(store.commit([{ kind: 'usage-begin', usage }])).rejects.toMatchObject({
        name: 'StaleWriteError',
      })
    })

    it('keeps tenants, reservations and webhooks by generation', async () => {
      const tenant = {
        id: 't',
        generation: 1,
        weight: 1,
        priorityMaximum: 0,
        machinesMaximum: 3,
        attributeMaxima: { 'cpu.cores': '4' },
      }
      const reservation = {
        id: 'r1',
        generation: 1,
        tenant: 't',
        target: { kind: 'machines' as const, machines: ['m1'] },
        machineIds: ['m1'],
        fromMs: 10,
        untilMs: 20,
        note: null,
        createdBy: 'op',
        createdAtMs: 1,
        cancelledAtMs: null,
      }
      const webhook = {
        id: 'w1',
        generation: 1,
        owner: 'o',
        url: 'https://hooks.test/',
        kinds: ['machine' as const],
        secret: 'whsec_',
        state: 'active' as const,
        seq: 0,
        failures: 0,
        failingSinceMs: null,
        nextAttemptAtMs: null,
        lastError: null,
        createdAtMs: 1,
      }
      await store.commit([
        { kind: 'tenant', record: tenant, before: null },
        { kind: 'reservation', record: reservation, before: null },
        { kind: 'webhook', record: webhook, before: null },
      ])
      expect(await store.tenants()).toEqual([tenant])
      expect(await store.tenant('nobody')).toBeNull()
      expect(await store.reservations(19)).toEqual([reservation])
      expect(await store.reservations(20)).toEqual([])
      expect(await store.webhooks()).toEqual([webhook])
      const stale: Change = { kind: 'tenant', record: { ...tenant, generation: 3 }, before: 2 }
      await expect(store.commit([stale])).rejects.toMatchObject({ name: 'StaleWriteError' })
      await store.commit([
        {
          kind: 'reservation',
          record: { ...reservation, generation: 2, cancelledAtMs: 5 },
          before: 1,
        },
        { kind: 'webhook', record: { ...webhook, generation: 2, state: 'removed' }, before: 1 },
      ])
      expect(await store.reservations(0)).toEqual([])
      expect(await store.allReservations()).toHaveLength(1)
      expect(await store.webhooks()).toEqual([])
      expect((await store.webhook('w1'))?.state).toBe('removed')
    })
  })
}
