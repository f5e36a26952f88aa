import fc from 'fast-check'
import type { AttributeValue } from '../../../protocol/attributes/definition.ts'
import { parseRequest, type Request } from '../../../protocol/request.ts'
import type { Candidate, CandidateAvailability } from '../../../server/matching/candidate.ts'

/** A machine with the given attributes; labels under their short name. */
export function machine(
  id: string,
  attributes: Readonly<Record<string, AttributeValue | null | readonly string[]>>,
  availability: CandidateAvailability = { kind: 'free' },
): Candidate {
  const values = new Map<string, AttributeValue | null>()
  for (const [name, value] of Object.entries(attributes)) {
    values.set(name, isMembers(value) ? { kind: 'set', members: value } : value)
  }
  return { id, attributes: values, availability }
}

function isMembers(value: AttributeValue | null | readonly string[]): value is readonly string[] {
  return Array.isArray(value)
}

/** A list attribute out of its devices' attributes. */
export function devices(
  ...each: readonly Readonly<Record<string, AttributeValue | null>>[]
): AttributeValue {
  return { kind: 'list', devices: each.map((device) => new Map(Object.entries(device))) }
}

/** A request with a lease of an hour. */
export function request(roles: readonly object[], constraints: readonly object[] = []): Request {
  return parseRequest({ roles, constraints, lease: { duration: '1h' } })
}

/** One role that wants `count` machines that match. */
export function simple(count: number, match: object): Request {
  return request([{ name: 'worker', count, match }])
}

const availabilities = fc.oneof(
  { weight: 6, arbitrary: fc.constant<CandidateAvailability>({ kind: 'free' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('held' as const),
      by: fc.constantFrom('a-1', 'a-2'),
      tenant: fc.constantFrom('red', 'blue'),
      untilMs: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('unschedulable' as const),
      reason: fc.constantFrom('maintenance', 'pending'),
    }),
  },
)

/** `undefined`: not known, null: none. */
function sometimes<T>(values: fc.Arbitrary<T>) {
  return fc.oneof(
    { weight: 8, arbitrary: values },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}

const small = fc.integer({ min: 0, max: 4 }).map(BigInt)
const models = fc.constantFrom('A100', 'H100', 'H200')
const device = fc
  .record({
    transport: sometimes(fc.constantFrom('nvme', 'sata')),
    size: sometimes(small),
    rotational: sometimes(fc.boolean()),
  })
  .map(known)

const record = fc.record({
  'cpu.cores': sometimes(small),
  'memory.size': sometimes(small),
  'gpu.model': sometimes(
    fc
      .uniqueArray(models, { minLength: 1, maxLength: 2 })
      .map((members) => ({ kind: 'set' as const, members: members.toSorted() })),
  ),
  'cpu.vendor': sometimes(fc.constantFrom('Intel', 'AMD')),
  'firmware.version': sometimes(fc.constantFrom('1.2', '1.10', '2.0', 'beta')),
  'security.iommu': sometimes(fc.boolean()),
  disks: sometimes(
    fc.array(device, { maxLength: 3 }).map((each) => ({ kind: 'list' as const, devices: each })),
  ),
  'label.rack': fc.constantFrom('r1', 'r2', 'r3', undefined),
  'label.leaf': fc.constantFrom('l1', 'l2'),
})

function known(
  values: Readonly<Record<string, AttributeValue | null | undefined>>,
): ReadonlyMap<string, AttributeValue | null> {
  const entries = Object.entries(values)
  return new Map(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** What is known of one machine, and what is not. */
export const anyAttributes = record.map(known)

const leaf = fc.constantFrom('l1', 'l2', null)

/** Two rails mostly, and sometimes one, or nothing known. */
const links = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(leaf, leaf).map(
      ([first, second]) =>
        new Map([
          [
            'leaf',
            new Map([
              ['0', first],
              ['1', second],
            ]),
          ],
        ]),
    ),
  },
  { weight: 1, arbitrary: leaf.map((end) => new Map([['leaf', new Map([['0', end]])]])) },
  { weight: 1, arbitrary: fc.constant(new Map<string, ReadonlyMap<string, string | null>>()) },
)

/** A few machines, `m0` to `m6`. */
export const anyFleet = fc
  .array(fc.record({ attributes: anyAttributes, availability: availabilities, links }), {
    minLength: 0,
    maxLength: 7,
  })
  .map((machines) => machines.map((values, index): Candidate => ({ id: `m${index}`, ...values })))

const number = fc.integer({ min: 0, max: 4 })
const order = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte')
const numeric = fc.tuple(order, number).map(([operator, value]) => ({ [operator]: value }))
const nested = fc.oneof(
  fc.record({ transport: fc.constantFrom('nvme', 'sata') }),
  fc.record({ size: numeric }),
  fc.record({ rotational: fc.boolean(), size: numeric }),
)

/** A condition on one attribute, as written in a request. */
export const anyClause: fc.Arbitrary<object> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ 'cpu.cores': numeric }) },
  { weight: 3, arbitrary: fc.record({ 'memory.size': numeric }) },
  fc.record({
    'memory.size': fc
      .tuple(fc.constantFrom('eq', 'lt', 'lte', 'gt', 'gte'), number)
      .map(([operator, value]) => ({ [operator]: value, tolerance: '50%' })),
  }),
  fc.record({ 'gpu.model': fc.record({ glob: fc.constantFrom('H*', '*100', '?200') }) }),
  fc.record({ 'gpu.model': models }),
  fc.record({
    'gpu.model': fc.record({ notIn: fc.array(models, { minLength: 1, maxLength: 2 }) }),
  }),
  fc.record({ 'cpu.vendor': fc.constantFrom('Intel', 'AMD', 'ARM') }),
  fc.record({ 'cpu.vendor': fc.record({ ne: fc.constantFrom('Intel', 'AMD') }) }),
  fc.record({ 'cpu.vendor': fc.record({ exists: fc.boolean() }) }),
  fc.record({ 'firmware.version': fc.record({ semver: fc.constantFrom('>=1.3', '^1', '1.2') }) }),
  fc.record({
    'firmware.version': fc
      .tuple(order, fc.constantFrom('1.2', '1.5'))
      .map(([operator, value]) => ({ [operator]: value })),
  }),
  fc.record({ 'security.iommu': fc.boolean() }),
  fc.record({ 'label.rack': fc.constantFrom('r1', 'r2', 'r4') }),
  fc.record({ disks: fc.record({ some: nested }) }),
  fc.record({ disks: fc.record({ every: nested }) }),
  fc.record({
    disks: fc.record({
      count: fc.tuple(numeric, nested).map(([amount, where]) => ({ ...amount, where })),
    }),
  }),
  fc.record({ disks: fc.record({ count: numeric }) }),
)

/** Conditions joined by `and`, `or` and `not`. */
export const anyMatch: fc.Arbitrary<object> = fc.letrec<{ match: object }>((tie) => ({
  match: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 4, arbitrary: anyClause },
    {
      weight: 1,
      arbitrary: fc.record({ and: fc.array(tie('match'), { minLength: 1, maxLength: 3 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ or: fc.array(tie('match'), { minLength: 1, maxLength: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ not: tie('match') }) },
  ),
})).match
