import fc from 'fast-check'
import { parseRequest } from '../../../../protocol/request.ts'
import type { Ask } from '../../../../server/allocation/engine/question.ts'
import type { Booking, Outlook } from '../../../../server/allocation/outlook.ts'
import { type QuotaState, quotaOf } from '../../../../server/quotas/quota.ts'

const minute = 60_000
export const startMs = 1_000_000_000
const tenants = ['a', 'b', 'c'] as const
const tenant = fc.constantFrom(...tenants)

/** What becomes of a machine. Times are minutes from then. */
const change = fc.record({
  at: fc.integer({ min: 0, max: 9 }),
  removed: fc.integer({ min: 0, max: 19 }).map((draw) => draw === 0),
  cores: fc.constantFrom(4n, 8n, null, undefined),
  rack: fc.constantFrom('r1', 'r2', 'r3'),
  obstacle: fc.constantFrom(null, null, null, null, 'maintenance'),
  held: fc.option(
    fc.record({
      tenant: fc.option(tenant),
      untilMinutes: fc.option(fc.integer({ min: -5, max: 90 }), { freq: 8 }),
    }),
    { freq: 2 },
  ),
  booking: fc.option(
    fc.record({
      tenant,
      fromMinutes: fc.integer({ min: 0, max: 60 }),
      lengthMinutes: fc.integer({ min: 1, max: 90 }),
    }),
    { freq: 3 },
  ),
})

const ask = fc.record({
  tenant,
  count: fc.integer({ min: 1, max: 4 }),
  most: fc.integer({ min: 0, max: 2 }),
  cores: fc.constantFrom(4, 8),
  where: fc.constantFrom('any', 'same', 'spread', 'unshared'),
  needMinutes: fc.constantFrom(1, 20, 60, 120),
  isReserved: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0),
  waits: fc.integer({ min: 0, max: 5 }).map((draw) => draw > 0),
})

/** A step of a history: what changes, how much time passes, who comes and goes, what is asked. */
export const step = fc.record({
  changes: fc.array(change, { maxLength: 4 }),
  passedSeconds: fc.constantFrom(0, 0, 1, 45, 600, 3600),
  comes: fc.option(ask, { freq: 4 }),
  goes: fc.integer({ min: 0, max: 30 }),
  machinesMaximum: fc.constantFrom(null, null, null, 1, 3),
  countsCores: fc.boolean(),
  kind: fc.constantFrom('judge', 'serve', 'view'),
  of: fc.constantFrom('all', 'last'),
  estimates: fc.constantFrom(0, 1, 32),
})

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

export function outlookAfter(made: Step['changes'][number], nowMs: number): Outlook {
  const { at, cores, rack, obstacle, held, booking } = made
  const attributes = new Map<string, bigint | string | null>([['label.rack', rack]])
  if (cores !== undefined) attributes.set('cpu.cores', cores)
  const bookings: readonly Booking[] =
    booking === null
      ? []
      : [
          {
            reservationId: `r${at % 3}`,
            tenant: booking.tenant,
            fromMs: nowMs + booking.fromMinutes * minute,
            untilMs: nowMs + (booking.fromMinutes + booking.lengthMinutes) * minute,
          },
        ]
  const base = { id: `m${at}`, attributes, obstacle, bookings }
  if (held === null) return { ...base, freeAtMs: 0, heldBy: null, heldFor: null }
  const { untilMinutes, tenant: heldFor } = held
  const freeAtMs = untilMinutes === null ? null : nowMs + untilMinutes * minute
  return { ...base, freeAtMs, heldBy: 'allocation x', heldFor }
}

export function askOf(made: NonNullable<Step['comes']>, number: number): Ask {
  const { count, most, cores, where, needMinutes, isReserved, waits } = made
  const level = where === 'any' ? [] : [{ kind: where, level: 'rack' }]
  return {
    id: `q${String(number).padStart(4, '0')}`,
    // Whether it waits is no part of what it wants.
    likeness: JSON.stringify({ ...made, waits: null }),
    tenant: made.tenant,
    needMs: needMinutes * minute,
    reservationId: isReserved ? 'r1' : null,
    waits,
    request: parseRequest({
      roles: [
        {
          name: 'n',
          count: most === 0 ? count : { min: count, max: count + most },
          match: { 'cpu.cores': { gte: cores } },
        },
      ],
      constraints: level.map((one) => (where === 'spread' ? { ...one, max: 1 } : one)),
      lease: { duration: '1h' },
    }),
  }
}

/** The limits of tenant `a`; the others have none. */
export function quotasOf({ machinesMaximum, countsCores }: Step): ReadonlyMap<string, QuotaState> {
  const attributeMaxima: Record<string, string> = countsCores ? { 'cpu.cores': '20' } : {}
  const terms = { machinesMaximum, attributeMaxima, weight: 1, priorityMaximum: 0 }
  return new Map([['a', quotaOf({ id: 'a', generation: 1, ...terms })]])
}
