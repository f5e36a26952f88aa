import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BenchmarkResult } from '../../../protocol/benchmarks.ts'
import { presentMachine } from '../../../server/machines/present.ts'
import { LiveAgents } from '../../../server/sessions/live-agents.ts'
import type { Change, Store } from '../../../server/store/store.ts'
import { makeMachine } from '../machine-facts.ts'
import {
  allocationRecord,
  commandRecord,
  deploymentRecord,
  inspectionRecord,
  machineRecord,
  sessionRecord,
} from './records.ts'

/** What every store does, whatever it is made of. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(async () => store.close())

    const insertMachine = (id: string, changes = {}): Change => ({
      kind: 'machine',
      record: machineRecord(id, changes),
      before: null,
      evidence: [{ kind: 'system-serial', value: `S-${id}` }],
    })
    const updateMachine = (id: string, before: number, changes = {}): Change => ({
      kind: 'machine',
      record: machineRecord(id, { generation: before + 1, ...changes }),
      before,
      evidence: [],
    })

    it('gives back what was committed', async () => {
      await store.commit([insertMachine('m1'), insertMachine('m2')])
      expect(await store.machine('m1')).toEqual(machineRecord('m1'))
      expect((await store.machines()).map(({ id }) => id)).toEqual(['m1', 'm2'])
      expect(await store.machine('m3')).toBeNull()
    })

    it('knows nothing of a class whose facts another release wrote and it cannot read', async () => {
      await store.commit([
        insertMachine('m1'),
        { kind: 'session', record: sessionRecord('s1', 'm1'), before: null },
        { kind: 'inspection', record: inspectionRecord('i1', 'm1'), before: null },
      ])
      const told = (name: 'usb' | 'security', facts: unknown): Change => ({
        kind: 'facts',
        inspectionId: 'i1',
        class: name,
        facts,
        elapsedSeconds: 1,
      })
      await store.commit([told('usb', { devices: [] }), told('security', { ofOldDays: true })])
      const { usb, security } = await store.inventory('i1')
      expect({ usb, security }).toEqual({ usb: { devices: [] }, security: null })
    })

    it('finds machines by any piece of evidence, each once', async () => {
      await store.commit([insertMachine('m1'), insertMachine('m2')])
      const evidence = [
        { kind: 'system-serial', value: 'S-m2' },
        { kind: 'mac', value: 'S-m1' },
      ] as const
      expect((await store.machinesByEvidence(evidence)).map(({ id }) => id)).toEqual(['m2'])
      expect(await store.machinesByEvidence([...evidence, ...evidence])).toHaveLength(1)
    })

    it('refuses a change of a record that changed since it was read', async () => {
      await store.commit([insertMachine('m1')])
      await store.commit([updateMachine('m1', 1, { name: 'first' })])
      await expect(store.commit([updateMachine('m1', 1, { name: 'second' })])).rejects.toThrow(
        'generation',
      )
      expect((await store.machine('m1'))?.name).toBe('first')
    })

    it('makes all changes or none', async () => {
      await store.commit([insertMachine('m1')])
      const changes = [insertMachine('m2'), updateMachine('m1', 7)]
      await expect(store.commit(changes)).rejects.toMatchObject({ name: 'StaleWriteError' })
      expect(await store.machine('m2')).toBeNull()
    })

    it('refuses a step that the state table does not have', async () => {
      await store.commit([insertMachine('m1')])
      await expect(store.commit([updateMachine('m1', 1, { state: 'active' })])).rejects.toThrow(
        "may not go from 'enrolled' to 'active'",
      )
      await expect(store.commit([insertMachine('m2', { state: 'available' })])).rejects.toThrow(
        "may not begin in 'available'",
      )
    })

    it('refuses a fencing token or an epoch that falls', async () => {
      await store.commit([insertMachine('m1', { fencingToken: 3, epoch: 4 })])
      await expect(
        store.commit([updateMachine('m1', 1, { fencingToken: 2, epoch: 4 })]),
      ).rejects.toThrow('fencing token')
      await expect(
        store.commit([updateMachine('m1', 1, { fencingToken: 3, epoch: 3 })]),
      ).rejects.toThrow('epoch')
    })

    it('refuses a machine in two live allocations', async () => {
      const allocation = (id: string): Change => ({
        kind: 'allocation',
        record: allocationRecord(id, ['m1']),
        before: null,
      })
      await store.commit([insertMachine('m1'), allocation('a1')])
      await expect(store.commit([allocation('a2')])).rejects.toMatchObject({
        name: 'StaleWriteError',
      })
    })

    it('refuses two commands that may act on one machine, and allows one after the other', async () => {
      const command = (id: string): Change => ({
        kind: 'command',
        record: commandRecord(id, 'm1'),
        before: null,
      })
      await store.commit([insertMachine('m1'), command('c1')])
      await expect(store.commit([command('c2')])).rejects.toMatchObject({
        name: 'StaleWriteError',
      })
      const aborted = commandRecord('c1', 'm1', { generation: 2, state: 'aborted' })
      await store.commit([{ kind: 'command', record: aborted, before: 1 }, command('c2')])
      expect((await store.command('c2'))?.state).toBe('preparing')
      const revived = commandRecord('c1', 'm1', { generation: 3, state: 'authorized' })
      await expect(
        store.commit([{ kind: 'command', record: revived, before: 2 }]),
      ).rejects.toThrow()
    })

    it('gives a disk to one allocation until its release', async () => {
      const held = (id: string): Change => ({
        kind: 'allocation',
        record: allocationRecord(id, []),
        before: null,
      })
      const grant = (allocationId: string): Change => ({
        kind: 'grant-disk',
        tenancy: { diskDigest: 'd1', allocationId, machineId: 'm1', grantedAtMs: 1 },
      })
      await store.commit([insertMachine('m1'), held('a1'), held('a2'), grant('a1')])
      expect((await store.tenancy('d1'))?.allocationId).toBe('a1')
      await expect(store.commit([grant('a2')])).rejects.toMatchObject({ name: 'StaleWriteError' })
      await store.commit([
        { kind: 'release-disks', allocationId: 'a1', machineId: 'm1', atMs: 2 },
        grant('a2'),
      ])
      expect((await store.tenancy('d1'))?.allocationId).toBe('a2')
    })

    it('numbers events in order and replays them from any place', async () => {
      const machine = presentMachine(machineRecord('m1'), new LiveAgents())
      const event: Change = { kind: 'event', event: { kind: 'machine', atMs: 1, machine } }
      expect(await store.eventRange()).toBeNull()
      expect(await store.commit([event, event])).toEqual([1, 2])
      expect(await store.commit([event])).toEqual([3])
      expect((await store.eventsAfter(1, 10)).map(({ seq }) => seq)).toEqual([2, 3])
      expect((await store.eventsAfter(0, 1)).map(({ seq }) => seq)).toEqual([1])
      expect(await store.eventRange()).toEqual({ first: 1, last: 3 })
    })

    it('keeps one session for a key', async () => {
      const session: Change = { kind: 'session', record: sessionRecord('s1', 'm1'), before: null }
      await store.commit([insertMachine('m1'), session])
      expect((await store.sessionByKey('key-s1'))?.id).toBe('s1')
      const twin = { ...sessionRecord('s2', 'm1'), publicKey: 'key-s1' }
      await expect(
        store.commit([{ kind: 'session', record: twin, before: null }]),
      ).rejects.toMatchObject({ name: 'StaleWriteError' })
    })

    it('keeps the facts of each inspection apart, the last word of a class counting', async () => {
      const made = makeMachine(1)
      const [system] = made.facts
      if (system?.class !== 'system') throw new Error('made machines report their system first')
      const facts = (inspectionId: string, product: string): Change => ({
        kind: 'facts',
        inspectionId,
        class: 'system',
        facts: { ...system.facts, product },
        elapsedSeconds: 1,
      })
      const inspection = (id: string): Change => ({
        kind: 'inspection',
        record: inspectionRecord(id, 'm1'),
        before: null,
      })
      await store.commit([insertMachine('m1'), inspection('i1'), inspection('i2')])
      await store.commit([facts('i1', 'old'), facts('i1', 'new'), facts('i2', 'other')])
      expect((await store.inventory('i1')).system?.product).toBe('new')
      expect((await store.inventory('i2')).system?.product).toBe('other')
      expect((await store.inventory('i1')).cpu).toBeNull()
      expect((await store.inspections('m1')).map(({ id }) => id)).toEqual(['i2', 'i1'])
    })

    it('keeps findings, results, log lines and phases in order', async () => {
      const inspection: Change = {
        kind: 'inspection',
        record: inspectionRecord('i1', 'm1'),
        before: null,
      }
      const finding = (code: string): Change => ({
        kind: 'finding',
        inspectionId: 'i1',
        finding: { code, severity: 'info', subject: 's', message: 'm' },
      })
      const result = (best: number): Change => ({
        kind: 'result',
        inspectionId: 'i1',
        result: benchmarkResult(best),
      })
      const line = (text: string): Change => ({
        kind: 'log',
        machineId: 'm1',
        line: { atMs: 1, level: 'info', text },
      })
      const phase = (phase: string): Change => ({
        kind: 'phase',
        machineId: 'm1',
        phase,
        atSeconds: null,
        atMs: 1,
      })
      await store.commit([insertMachine('m1'), inspection, finding('a'), finding('b')])
      await store.commit([result(1), result(2), ...['1', '2', '3'].map(line), phase('booted')])
      expect((await store.findings('i1')).map(({ code }) => code)).toEqual(['a', 'b'])
      expect((await store.results('i1')).map(({ metrics }) => metrics['rate']?.best)).toEqual([2])
      expect((await store.logLines('m1', 2)).map(({ text }) => text)).toEqual(['2', '3'])
      expect(await store.phases('m1', 5)).toEqual([{ phase: 'booted', atSeconds: null, atMs: 1 }])
    })

    it('names what is due and nothing else', async () => {
      await store.commit([
        insertMachine('m1', { wakeAtMs: 10 }),
        insertMachine('m2', { wakeAtMs: 11 }),
        insertMachine('m3'),
        { kind: 'allocation', record: allocationRecord('a1', [], { wakeAtMs: 10 }), before: null },
      ])
      expect(await store.due(10)).toEqual({ machines: ['m1'], allocations: ['a1'] })
      expect((await store.due(9)).machines).toEqual([])
    })

    it('uses a boot ticket once', async () => {
      const ticket = {
        id: 't1',
        machineId: null,
        address: '10.0.0.1',
        createdAtMs: 1,
        expiresAtMs: 2,
        usedAtMs: null,
      }
      await store.commit([{ kind: 'ticket', ticket }])
      expect(await store.ticket('t1')).toEqual(ticket)
      await store.commit([{ kind: 'use-ticket', id: 't1', atMs: 5 }])
      expect((await store.ticket('t1'))?.usedAtMs).toBe(5)
      await expect(store.commit([{ kind: 'use-ticket', id: 't1', atMs: 6 }])).rejects.toMatchObject(
        { name: 'StaleWriteError' },
      )
    })

    it('keeps the answer to an idempotency key of each owner', async () => {
      const answer = { key: 'k', fingerprint: 'f', resourceId: 'a1', createdAtMs: 1 }
      const keep = (owner: string): Change => ({ kind: 'answer', answer: { ...answer, owner } })
      const allocation: Change = {
        kind: 'allocation',
        record: allocationRecord('a1', []),
        before: null,
      }
      await store.commit([allocation, keep('one'), keep('two')])
      expect(await store.idempotency('one', 'k')).toEqual({ ...answer, owner: 'one' })
      expect(await store.idempotency('three', 'k')).toBeNull()
      await expect(store.commit([keep('one')])).rejects.toMatchObject({ name: 'StaleWriteError' })
    })

    it('lists deployments and allocations, newest first', async () => {
      await store.commit([
        insertMachine('m1'),
        { kind: 'allocation', record: allocationRecord('a1', []), before: null },
        { kind: 'allocation', record: allocationRecord('a2', []), before: null },
        { kind: 'deployment', record: deploymentRecord('d1', 'm1', 'a1'), before: null },
        { kind: 'deployment', record: deploymentRecord('d2', 'm1', 'a2'), before: null },
      ])
      expect((await store.deployments('m1')).map(({ id }) => id)).toEqual(['d2', 'd1'])
      expect((await store.allocations()).map(({ id }) => id)).toEqual(['a2', 'a1'])
    })

    it('counts pending machines', async () => {
      await store.commit([insertMachine('m1', { flags: ['pending'] }), insertMachine('m2')])
      expect(await store.countMachinesPending()).toBe(1)
      await store.commit([updateMachine('m1', 1)])
      expect(await store.countMachinesPending()).toBe(0)
    })

    it('keeps tokens by hash, and their first revocation', async () => {
      const token = {
        id: 'tok1',
        name: 'ci',
        role: 'viewer',
        tenant: 'ci',
        secretHash: 'h1',
        createdAtMs: 1,
        expiresAtMs: null,
        revokedAtMs: null,
        lastUsedAtMs: null,
      } as const
      await store.createToken(token)
      expect(await store.tokenByHash('h1')).toEqual(token)
      expect(await store.tokenByHash('h2')).toBeNull()
      await store.touchToken('tok1', 3)
      await store.revokeToken('tok1', 5)
      await store.revokeToken('tok1', 9)
      expect(await store.tokens()).toEqual([{ ...token, lastUsedAtMs: 3, revokedAtMs: 5 }])
      expect(await store.revokeToken('nobody', 1)).toBeNull()
    })

    it('drops what is old and keeps the newest', async () => {
      const machine = presentMachine(machineRecord('m1'), new LiveAgents())
      const event: Change = { kind: 'event', event: { kind: 'machine', atMs: 1, machine } }
      const lines = ['1', '2', '3'].map((text): Change => ({
        kind: 'log',
        machineId: 'm1',
        line: { atMs: 1, level: 'info', text },
      }))
      await store.commit([insertMachine('m1'), ...lines, event, event, event])
      await store.prune({
        eventsKept: 2,
        logLinesKeptPerMachine: 1,
        phasesKeptPerMachine: 1,
        ticketsBeforeMs: 0,
        answersBeforeMs: 0,
      })
      expect(await store.eventRange()).toEqual({ first: 2, last: 3 })
      expect((await store.logLines('m1', 9)).map(({ text }) => text)).toEqual(['3'])
    })
  })
}

function benchmarkResult(best: number): BenchmarkResult {
  const conditions = { effectiveClockHz: null, stealSeconds: null, thermalThrottleCount: null }
  const rate = { median: 1, mad: 0, best, p10: 1, p90: 1, count: 3, unit: 'B/s' }
  return {
    method: 'memory.triad/1',
    component: 'machine',
    metrics: { rate: { ...rate, better: 'higher' } },
    parameters: {},
    conditions: { before: conditions, after: conditions },
    checksum: '0'.repeat(16),
    noisy: false,
    reasons: [],
    elapsedSeconds: 1,
  }
}
