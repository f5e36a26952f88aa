import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { UsageRow } from '../../../server/store/records.ts'
import { usageCsv } from '../../../server/usage/csv.ts'
import { decayedSeconds, halfLifeMs, recentUsage, sharesOf } from '../../../server/usage/decay.ts'
import { sumUsage } from '../../../server/usage/usage-service.ts'
import { SchedulingWorld } from './scheduling-world.ts'

let world: SchedulingWorld
beforeEach(async () => {
  world = await SchedulingWorld.start()
})
afterEach(async () => world.close())

const rowOf = (
  tenant: string,
  machineId: string,
  fromMs: number,
  untilMs: number | null,
): UsageRow => ({
  allocationId: `${tenant}-${machineId}-${fromMs}`,
  machineId,
  tenant,
  shape: { id: 's1', text: 'one, "big"' },
  fromMs,
  untilMs,
})

describe('usage', () => {
  it('counts from the grant to the release, holds and all, not the way back', async () => {
    const agents = await world.machines(2)
    const start = world.clock.now()
    const lease = await world.take('a', 1)
    const hold = await world.take('b', 1, { hold: '30s' }, { confirm: false })
    await world.wait(20, agents)
    await world.service.allocations.release(hold.id, 'b')
    await world.wait(40, agents)
    await world.service.allocations.release(lease.id, 'a')
    const end = world.clock.now()
    await world.wait(30, agents)
    const { rows } = await world.service.usage.report(0, end + 3_600_000, null)
    expect(rows).toMatchObject([
      { tenant: 'a', machines: 1, machineSeconds: (end - start) / 1000 },
      { tenant: 'b', machines: 1, machineSeconds: 20 },
    ])
    expect(rows[0]?.shape).not.toBeNull()
    expect((await world.service.usage.report(0, end, 'b')).rows).toHaveLength(1)
  })

  it('counts what is still held until now, and only what is in the range', async () => {
    const agents = await world.machines(1)
    await world.take('a', 1)
    const start = world.clock.now()
    await world.wait(30, agents)
    const report = (fromMs: number, untilMs: number) =>
      world.service.usage.report(fromMs, untilMs, 'a')
    expect((await report(0, start + 10_000)).rows[0]?.machineSeconds).toBe(10)
    expect((await report(start + 10_000, start + 15_000)).rows[0]?.machineSeconds).toBe(5)
    expect((await report(start + 10_000, start + 9e9)).rows[0]?.machineSeconds).toBe(20)
    expect((await report(0, start)).rows).toEqual([])
    await expect(report(5, 5)).rejects.toMatchObject({ code: 'unprocessable' })
  })

  it('of parts of a range adds up to that of the range, to the millisecond', () => {
    const rows = fc.array(
      fc.tuple(
        fc.constantFrom('a', 'b'),
        fc.constantFrom('m1', 'm2'),
        fc.integer({ min: 0, max: 1000 }),
        fc.option(fc.integer({ min: 0, max: 1000 })),
      ),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 999 }), (made, cutMs) => {
        const all = made.map(([tenant, machine, fromMs, length]) =>
          rowOf(tenant, machine, fromMs, length === null ? null : fromMs + length),
        )
        const total = (fromMs: number, untilMs: number) =>
          sumUsage(all, fromMs, untilMs).reduce((sum, row) => sum + row.machineSeconds * 1000, 0)
        expect(Math.round(total(0, cutMs) + total(cutMs, 1000))).toBe(Math.round(total(0, 1000)))
      }),
    )
  })

  it('is written as CSV that no spreadsheet runs', () => {
    const rows = sumUsage([rowOf('=a', 'm1', 0, 1500), rowOf('b', 'm1', 0, 500)], 0, 1000)
    expect(usageCsv({ fromMs: 0, untilMs: 1000, rows })).toBe(
      'tenant,shape,hardware,machines,machine_seconds,from,until\r\n' +
        `'=a,s1,"one, ""big""",1,1.000,1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z\r\n` +
        `b,s1,"one, ""big""",1,0.500,1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z\r\n`,
    )
  })
})

describe('recent usage', () => {
  it('counts half after a half-life, and approaches a limit', () => {
    const now = 100 * halfLifeMs
    const fresh = decayedSeconds(now - 1000, now, now)
    expect(fresh).toBeCloseTo(1, 4)
    expect(decayedSeconds(now - halfLifeMs - 1000, now - halfLifeMs, now)).toBeCloseTo(fresh / 2, 4)
    expect(decayedSeconds(0, now, now)).toBeLessThan(halfLifeMs / 1000 / Math.LN2)
    expect(decayedSeconds(now, now - 5, now)).toBe(0)
  })

  it('gives each tenant its part by weight', () => {
    const rows = [rowOf('a', 'm1', 0, 1000), rowOf('b', 'm2', 0, 1000)]
    const used = recentUsage(rows, 1000)
    const shares = sharesOf(used, (tenant) => (tenant === 'a' ? 3 : 1))
    expect(shares.get('a')).toBeCloseTo(0.25, 5)
    expect(shares.get('b')).toBeCloseTo(0.75, 5)
    expect(sharesOf(new Map(), () => 1).size).toBe(0)
  })
})
