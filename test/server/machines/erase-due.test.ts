import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentDouble } from '../agent-double.ts'
import { allocationRecord, machineRecord } from '../store/records.ts'
import { obstacleOf, reasonOf, withEraseDue } from '../../../server/machines/erase-due.ts'
import { machineRecordSchema } from '../../../server/store/records.ts'
import { requestFor, World } from '../world.ts'

const caller = { owner: 'tester', idempotencyKey: null }
const purge = { security: { erase: 'purge' } }
const lease = (duration: string) => ({ lease: { duration, hold: '60s' } })

let world: World
let agent: AgentDouble
let id: string
beforeEach(async () => {
  world = await World.start()
  agent = await world.available(1)
  id = agent.welcome?.machineId ?? ''
})
afterEach(async () => world.close())

async function take(changes: Readonly<Record<string, unknown>>, count = 1) {
  const order = { request: requestFor(count, changes) }
  const { allocation, explanation } = await world.service.allocations.create(order, caller)
  if (allocation === null) throw new Error(explanation.summary)
  return allocation
}

/** The machine is written and runs its image. */
const written = () => world.until(async () => (await machine())?.state === 'active')
const machine = () => world.machineOf(agent)
/** It is in the agent again, inspected and measured. */
async function backInAgent(): Promise<void> {
  if (agent.closed !== null) agent = world.agent(1).connect(world.service)
  await world.until(async () => {
    const { state, flags = [] } = (await machine()) ?? {}
    return state === 'available' && !flags.includes('missing')
  })
}

describe('a machine of a lease that asked for an erasure', () => {
  it('stays out of service when it comes back, says why, and goes on when told so', async () => {
    const { id: allocationId } = await take(purge)
    await written()
    await world.service.allocations.release(allocationId, 'tester')
    const reason = `erase purge is due, asked for by allocation ${allocationId}: disks were not erased`
    expect(await machine()).toMatchObject({ state: 'cleaning', flags: ['maintenance'], reason })
    await backInAgent()
    expect(await machine()).toMatchObject({ flags: ['maintenance'], reason })
    expect((await world.service.allocations.get(allocationId)).state).toBe('released')
    const order = { request: requestFor(1), dryRun: true }
    const refused = await world.service.allocations.create(order, caller)
    expect(refused.explanation).toMatchObject({
      verdict: 'unschedulable',
      reasons: [{ reason: 'erase purge is due', count: 1 }],
    })
    const back = await world.service.machines.setMaintenance(id, null, 'olga')
    expect(back).toMatchObject({ state: 'available', flags: [], reason: null })
    expect((await take({})).machines[0]?.machineId).toBe(id)
  })

  it('is one also when the lease ends by time, is revoked, or gives this machine back', async () => {
    await world.available(2)
    const ways = [
      async () => {
        const { id: taken } = await take({ ...purge })
        await written()
        const revocation = { reason: 'fire drill', graceSeconds: 0 }
        await world.service.allocations.revoke(taken, revocation, 'olga')
      },
      async () => {
        const roles = [{ name: 'node', count: { min: 1, max: 2 }, match: { 'cpu.cores': 4 } }]
        const { id: taken } = await take({ ...purge, roles })
        await written()
        await world.service.allocations.release(taken, 'tester', { machines: [id] })
      },
      async () => {
        await take({ ...purge, ...lease('100s') })
        await written()
        await world.pass(110)
      },
    ]
    for (const way of ways) {
      await way()
      await backInAgent()
      expect((await machine())?.reason).toMatch(/^erase purge is due, asked for by allocation /)
      await world.service.machines.setMaintenance(id, null, 'olga')
    }
  })

  it('is one also when writing it failed, and when it is recovered', async () => {
    agent.habits.finish = false
    const { id: failed } = await take({ security: { erase: 'clear' }, ...lease('100h') })
    await world.pass(6.5 * 3600)
    expect((await machine())?.state).toBe('error')
    await world.service.machines.recover(id, 'olga')
    expect((await machine())?.flags).toContain('maintenance')
    expect((await machine())?.reason).toContain(
      `erase clear is due, asked for by allocation ${failed}`,
    )
  })

  it('does not forget it for another reason, which it keeps beside', async () => {
    const { id: allocationId } = await take(purge)
    await written()
    await world.service.machines.setMaintenance(id, 'fan is loud', 'olga')
    await world.service.allocations.release(allocationId, 'tester')
    expect((await machine())?.reason).toMatch(/^erase purge is due, .*erased; fan is loud$/)
    await backInAgent()
    agent.disconnect()
    await world.pass(200)
    expect((await machine())?.flags).toEqual(['maintenance', 'missing'])
    expect((await machine())?.reason).toMatch(/^erase purge is due, .*; its agent is gone$/)
    const other = await world.service.machines.setMaintenance(id, 'new fan', 'olga')
    expect(other.reason).toMatch(/^erase purge is due, .*; new fan$/)
  })

  it('comes back to the fleet by itself when nothing was asked, or the hold lapsed', async () => {
    const order = { request: requestFor(1, purge), confirm: false }
    const { allocation } = await world.service.allocations.create(order, caller)
    expect(allocation?.state).toBe('reserved')
    await world.pass(70)
    await backInAgent()
    expect(await machine()).toMatchObject({ state: 'available', flags: [], reason: null })
    const { id: allocationId } = await take({})
    await written()
    await world.service.allocations.release(allocationId, 'tester')
    await backInAgent()
    expect(await machine()).toMatchObject({ flags: [], reason: null })
  })
})

describe('what is due', () => {
  const held = (erase: string, leaseUntilMs: number | null) =>
    allocationRecord('a1', ['m1'], { request: { security: { erase } }, leaseUntilMs })

  it('follows from the request alone, whatever else it says, and from a lease only', () => {
    const before = machineRecord('m1')
    expect(withEraseDue(before, held('clear', null))).toEqual(before)
    expect(withEraseDue(before, { ...held('clear', 1), request: { roles: 7 } })).toEqual(before)
    const after = withEraseDue(before, held('clear', 1))
    expect(after).toEqual({
      ...before,
      flags: ['maintenance'],
      eraseDue: { level: 'clear', allocationId: 'a1' },
    })
    expect(obstacleOf(after)).toBe('erase clear is due')
    expect(obstacleOf({ ...before, flags: ['maintenance'] })).toBe('maintenance')
    expect(reasonOf(before)).toBeNull()
  })

  it('is nothing for a record of a release that did not know of it', () => {
    const { eraseDue: _, ...old } = machineRecord('m1')
    expect(machineRecordSchema.parse(old).eraseDue).toBeNull()
  })
})
