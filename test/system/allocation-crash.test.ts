import { describe, expect, it } from 'vitest'
import type { Allocation } from '../../protocol/api.ts'
import { requestFor } from '../server/world.ts'
import { HistoryWorld } from '../server/allocation/histories/history-world.ts'
import { Invariants } from '../server/allocation/histories/invariants.ts'

/**
 * A life with everything in it: two wait for what a third has, one is held and confirmed, renewed,
 * made smaller and revoked; a quota and a reservation come and go.
 */
async function liveThrough(commitNumber: number, moment: 'before' | 'after') {
  const lived = await HistoryWorld.start(3)
  const invariants = new Invariants(lived.base)
  const problems: string[] = []
  const check = async (step: string) => {
    const wrong = await invariants.check(lived.nowMs)
    problems.push(...wrong.map((text) => `${step}: ${text}`))
  }
  await lived.dieAt(commitNumber, moment)
  const survive = async (step: string, done: () => Promise<boolean>) => {
    for (let round = 0; round < 300; round++) {
      await lived.settle()
      await check(step)
      const isDone = await lived.attempt(done)
      await check(step)
      if (isDone === true) return
      await lived.pass(1000)
    }
    throw new Error(`step '${step}' did not come to its end`)
  }
  const { world } = lived
  const ask = async (tenant: string, count: object | number, confirm = true) => {
    const roles = [{ name: 'n', count, match: {} }]
    const lease = { duration: '2h', hold: '600s', queue: true }
    const request = requestFor(1, { image: undefined, roles, lease })
    const caller = { owner: tenant, tenant, idempotencyKey: `key-${tenant}` }
    const { allocation } = await world.service.allocations.create({ request, confirm }, caller)
    return allocation
  }
  const isIn = async (one: Allocation | null, states: readonly Allocation['state'][]) =>
    one !== null && states.includes((await world.service.allocations.get(one.id)).state)
  const made = new Map<string, Allocation>()
  const asked = (tenant: string, count: object | number, confirm = true) =>
    survive(`${tenant} asks`, async () => {
      const one = await ask(tenant, count, confirm)
      if (one !== null) made.set(tenant, one)
      return one !== null
    })
  const of = (tenant: string) => made.get(tenant)?.id ?? ''
  await asked('a', 3)
  await asked('b', 2, false)
  await asked('c', { min: 1, max: 3 })
  await survive('a quota is set', async () => {
    await world.service.tenants.set('c', { machines: 2 }, 'op', null)
    return true
  })
  await survive('a releases', async () => {
    const { state } = await world.service.allocations.get(of('a'))
    if (state === 'active') await world.service.allocations.release(of('a'), 'a')
    return state !== 'active'
  })
  await survive('b is held', () => isIn(made.get('b') ?? null, ['reserved', 'active']))
  await survive('b confirms', async () => {
    const { state } = await world.service.allocations.get(of('b'))
    if (state === 'reserved') await world.service.allocations.confirm(of('b'), null)
    return state === 'active'
  })
  await survive('c is served', () => isIn(made.get('c') ?? null, ['active']))
  await survive('b renews', async () => {
    await world.service.allocations.renew(of('b'), 3 * 3600, null)
    return true
  })
  await survive('b is revoked', async () => {
    const { state } = await world.service.allocations.get(of('b'))
    if (state !== 'active') return true
    await world.service.allocations.revoke(of('b'), { reason: 'no', graceSeconds: 5 }, 'op')
    return true
  })
  await survive('c goes', async () => {
    const { state } = await world.service.allocations.get(of('c'))
    if (state === 'active') await world.service.allocations.release(of('c'), 'c')
    return state !== 'active'
  })
  await survive('all is over', async () => (await lived.base.openAllocations()).length === 0)
  const allocations = await lived.base.allocations()
  const usage = await lived.base.usage(0, lived.nowMs)
  const states = ['a', 'b', 'c'].map(
    (tenant) => allocations.find((one) => one.tenant === tenant)?.state,
  )
  const { crashes } = lived
  await lived.close()
  return {
    crashes,
    problems,
    states,
    count: allocations.length,
    isMetered: usage.length === 6 && usage.every(({ untilMs }) => untilMs !== null),
  }
}

describe('a server that dies at any write of the life of allocations', () => {
  it.each(['before', 'after'] as const)('comes to the same end (%s the write)', async (moment) => {
    let crashes = 0
    // A write that came too late for another one is none: only a row without a death is the end.
    for (let commitNumber = 1, quiet = 0; quiet < 8; commitNumber++) {
      const { crashes: died, ...outcome } = await liveThrough(commitNumber, moment)
      expect(outcome, `death ${moment} write ${commitNumber}`).toEqual({
        problems: [],
        states: ['released', 'revoked', 'released'],
        count: 3,
        isMetered: true,
      })
      quiet = died === 0 ? quiet + 1 : 0
      crashes += died
    }
    expect(crashes).toBeGreaterThan(30)
  })
})
