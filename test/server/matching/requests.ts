import fc from 'fast-check'
import type { Request } from '../../../protocol/request.ts'
import { request } from './fleet.ts'

/** Roles over overlapping ranges of cores, so that a greedy choice goes wrong often. */
const roleMatches = fc.constantFrom<object>(
  { 'cpu.cores': { gte: 1 } },
  { 'cpu.cores': { gte: 2 } },
  { 'cpu.cores': { lte: 2 } },
  { 'cpu.cores': { between: [1, 3] } },
  { 'cpu.cores': { ne: 2 } },
  { 'memory.size': { gte: 2 } },
  { 'label.leaf': 'l1' },
  {},
  {},
)
const prefer = fc.constantFrom<readonly object[]>(
  [],
  [{ attribute: 'memory.size', order: 'high' }],
  [{ attribute: 'cpu.cores', order: 'low', weight: 2 }],
)
const counts = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 2 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 2 }))
      .map(([min, more]) => ({ min, max: min + more })),
  },
)
const machines = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ machines: { exclude: ['m0', 'm3'] } }) },
  { weight: 1, arbitrary: fc.constant({ machines: { include: ['m1', 'm2', 'm4', 'm5'] } }) },
)

/** Constraints of every kind over some of the roles. */
function constraints(names: string[]) {
  const roles = fc.subarray(names, { minLength: 1 })
  const level = fc.constantFrom('rack', 'leaf')
  const kind = <K extends string>(name: K) => fc.constant(name)
  return fc.oneof(
    fc.record({ kind: kind('same'), level, roles }),
    fc.record({ kind: kind('distinct'), level, roles }),
    fc.record({ kind: kind('spread'), level, max: fc.integer({ min: 1, max: 2 }), roles }),
    fc.record({ kind: kind('unshared'), level, roles }),
    fc.record({
      kind: kind('max-distance'),
      levels: fc.constantFrom(['rack', 'leaf'], ['leaf', 'rack'], ['leaf']),
      roles,
    }),
    fc.record({
      kind: kind('same'),
      level: kind('leaf'),
      perRail: fc.constant(true),
      unknown: fc.constantFrom('refuse', 'accept'),
      roles,
    }),
  )
}

/** One to three roles with up to two constraints. */
export const anyRequest: fc.Arbitrary<Request> = fc
  .array(fc.record({ count: counts, match: roleMatches, prefer, machines }), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((roles) => {
    const names = roles.map((_, index) => `r${index}`)
    return fc.array(constraints(names), { maxLength: 2 }).map((constraints) =>
      request(
        roles.map(({ machines, ...role }, index) => ({ name: `r${index}`, ...role, ...machines })),
        constraints,
      ),
    )
  })
