import fc from 'fast-check'

/** Requests as people write them: every operator of every type, all fields, mostly valid. */

const order = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte')
const names = fc.constantFrom('AuthenticAMD', 'GenuineIntel', 'NVIDIA H100')
const whole = fc.integer({ min: 0, max: 9 })
const size = fc.oneof(whole, fc.constantFrom('1TiB', '1.5Ti', '64GiB', '300G', '7'))
const versions = fc.constantFrom('1.2', '2.10', '1')
const tolerance = fc.constantFrom('3%', '0.5%', 0.03, 0.5, '0%')
const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { minLength: 1, maxLength: 3 })

const ordered = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    values,
    some(values),
    fc.tuple(order, values).map(([operator, value]) => ({ [operator]: value })),
    fc.record({ gte: values, lte: values }),
    fc.record({ in: some(values) }),
    fc.record({ notIn: some(values) }),
    fc.record({ exists: fc.boolean() }),
  )
const amount = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    ordered(values),
    fc.record({ gte: values, tolerance }),
    fc.record({ eq: values, tolerance }),
    fc.record({ between: fc.tuple(values, values) }),
    fc.record({ between: fc.tuple(values, values), tolerance }),
  )
const text: fc.Arbitrary<unknown> = fc.oneof(
  names,
  some(names),
  fc.record({ ne: names }),
  fc.record({ glob: fc.constantFrom('*H100*', 'A?D') }),
  fc.record({ notIn: some(names), exists: fc.constant(true) }),
)
const set: fc.Arbitrary<unknown> = fc.oneof(text, fc.record({ has: fc.oneof(names, some(names)) }))
const bool: fc.Arbitrary<unknown> = fc.oneof(
  fc.boolean(),
  fc.record({ eq: fc.boolean() }),
  fc.record({ ne: fc.boolean(), exists: fc.boolean() }),
)

const group = (inner: fc.Arbitrary<object>, leaf: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.oneof(
    { maxDepth: 4 },
    { weight: 6, arbitrary: leaf },
    { weight: 1, arbitrary: fc.record({ and: fc.array(inner, { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ or: some(inner) }) },
    { weight: 1, arbitrary: fc.record({ not: inner }) },
    { weight: 1, arbitrary: fc.tuple(inner, leaf).map(([a, b]) => ({ ...a, ...b })) },
  )

const diskLeaf: fc.Arbitrary<object> = fc.oneof(
  fc.record({ size: amount(size) }),
  fc.record({ transport: text }),
  fc.record({ rotational: bool }),
  fc.constant({}),
)
const disk = fc.letrec<{ group: object }>((tie) => ({ group: group(tie('group'), diskLeaf) })).group
const disks = fc.oneof(
  fc.record({ some: disk }),
  fc.record({ every: fc.record({ where: disk }) }),
  fc.record({ count: whole }),
  fc.record({ count: fc.record({ gte: whole, where: disk }) }),
  fc.record({ count: fc.record({ gte: whole, lte: fc.constant(9), ne: whole, where: disk }) }),
  fc.record({ exists: fc.boolean() }),
)

const cel = fc.constantFrom(
  'cpu.cores >= 8 && memory.size >= quantity("64Gi")',
  'security.iommu ? cpu.cores > 4 : disks.exists(d, d.size > quantity("1T"))',
  'disks.all(d, d.rotational || d.transport in ["nvme", "sata"])',
  '!(has(gpu.model) && gpu.model.exists(m, m.contains("H100")))',
)

const leaf: fc.Arbitrary<object> = fc.oneof(
  fc.record({ 'cpu.cores': amount(whole) }),
  fc.record({ 'memory.size': amount(size) }),
  fc.record({ 'cpu.vendor': text }),
  fc.record({ 'gpu.model': set }),
  fc.record({
    'firmware.version': fc.oneof(
      ordered(versions),
      fc.record({ semver: fc.constantFrom('>=1.2 <2', '^1') }),
    ),
  }),
  fc.record({ 'security.iommu': bool }),
  fc.record({ 'label.rack': text }),
  fc.record({ disks }),
  fc.record({ cel }),
  fc.constant({}),
)

/** Conditions as they are written in `match`. */
export const anyWrittenMatch: fc.Arbitrary<object> = fc.letrec<{ group: object }>((tie) => ({
  group: group(tie('group'), leaf),
})).group

const count = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.record({ min: fc.integer({ min: 1, max: 3 }), max: fc.integer({ min: 3, max: 9 }) }),
)
const maybe = <T extends object>(fields: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] })
const machines = maybe({
  include: fc.array(fc.constantFrom('m1', 'm2', 'm3'), { minLength: 3, maxLength: 5 }),
  exclude: fc.array(fc.constantFrom('m4', 'm5'), { maxLength: 3 }),
})
const choice = {
  match: fc.oneof(anyWrittenMatch, cel),
  prefer: fc.array(
    fc.record({
      attribute: fc.constantFrom('cpu.cores', 'memory.size', 'security.iommu'),
      order: fc.constantFrom('high', 'low'),
      weight: fc.constantFrom(1, 0.5, 7),
    }),
    { maxLength: 3 },
  ),
}
const level = fc.constantFrom('rack', 'leaf', 'site')
const constraint = fc.oneof(
  fc.record({ kind: fc.constant('same'), level }),
  fc.record({
    kind: fc.constant('same'),
    level,
    perRail: fc.constant(true),
    unknown: fc.constantFrom('refuse', 'accept'),
  }),
  fc.record({ kind: fc.constant('distinct'), level, roles: fc.constant(['r0']) }),
  fc.record({ kind: fc.constant('spread'), level, max: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    kind: fc.constant('max-distance'),
    levels: fc.array(level, { minLength: 2, maxLength: 4 }),
    max: fc.constantFrom(0, 1),
  }),
  fc.record({ kind: fc.constant('unshared'), level }),
)
const lease = fc.record(
  {
    duration: fc.constantFrom('72h', '1h30m', '90m', '1d'),
    hold: fc.constantFrom('60s', '1m'),
    queue: fc.boolean(),
    wait: fc.constant('7d'),
    priority: fc.integer({ min: -48, max: 48 }),
    notice: fc.constantFrom('15m', '0s'),
    grace: fc.constant('5m'),
  },
  { requiredKeys: ['duration'] },
)

/** A whole request; contradictions may be in it. */
export const anyWrittenRequest: fc.Arbitrary<object> = fc
  .record({
    roles: fc.array(
      fc.record(
        {
          count,
          ...choice,
          machines,
          alternatives: fc.array(maybe({ count, ...choice }), { maxLength: 2 }),
        },
        { requiredKeys: ['count'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    rest: maybe({
      constraints: fc.array(constraint, { maxLength: 2 }),
      machines,
      security: maybe({
        attested: fc.constantFrom('required', 'preferred', 'any'),
        erase: fc.constantFrom('clear', 'purge'),
      }),
      image: fc.constantFrom('debian', 'debian@13.1'),
      labels: fc.constant({ project: 'llm' }),
    }),
    lease,
  })
  .map(({ roles, rest, lease }) => ({
    roles: roles.map((role, at) => ({ name: `r${at}`, ...role })),
    ...rest,
    lease,
  }))
