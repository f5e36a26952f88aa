import { run } from '@bufbuild/cel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AttributeValue } from '../../../protocol/attributes/definition.ts'
import { parseMatch } from '../../../protocol/request/parse-match.ts'
import { Problems } from '../../../protocol/request/problems.ts'
import { compile, type Predicate } from '../../../server/matching/evaluate.ts'
import { propertyRuns } from '../../property-runs.ts'

const vendors = ['Intel', 'AMD', 'Intel Corp']
const models = ['NVIDIA H100', 'NVIDIA A100', 'AMD MI300']
const anyMachine = fc.record({
  cores: fc.integer({ min: 0, max: 5 }),
  vendor: fc.constantFrom(...vendors),
  iommu: fc.boolean(),
  models: fc.uniqueArray(fc.constantFrom(...models), { minLength: 1, maxLength: 3 }),
  disks: fc.array(
    fc.record({
      size: fc.integer({ min: 0, max: 5 }),
      transport: fc.constantFrom('nvme', 'sata'),
      rotational: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
})
const maybe = <T>(value: T) => fc.option(fc.constant(value), { nil: undefined })

/** A machine, and what is known of it. */
const anyUnsure = anyMachine.chain((whole) =>
  fc.record({
    whole: fc.constant(whole),
    known: fc.record({
      cores: maybe(whole.cores),
      vendor: maybe(whole.vendor),
      iommu: maybe(whole.iommu),
      models: maybe(whole.models),
      disks: fc.option(
        fc.tuple(
          ...whole.disks.map(({ size, transport, rotational }) =>
            fc.record({
              size: maybe(size),
              transport: maybe(transport),
              rotational: maybe(rotational),
            }),
          ),
        ),
        { nil: undefined },
      ),
    }),
  }),
)
const n = fc
  .oneof(
    fc.integer({ min: -1, max: 6 }).map(String),
    fc
      .tuple(
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom('+', '-', '*', '/', '%'),
        fc.integer({ min: 1, max: 4 }),
      )
      .map(([a, o, b]) => `${a} ${o} ${b}`),
  )
  .filter((text) => !text.startsWith('-') && !/^\d - /.test(text))
const op = fc.constantFrom('==', '!=', '<', '<=', '>', '>=')
const text = fc.constantFrom(...vendors, 'Inte').map((value) => JSON.stringify(value))
const quoted = (...values: string[]) => fc.constantFrom(...values).map((value) => `'${value}'`)
const leaf = (path: string, kind: 'number' | 'text' | 'bool') => {
  if (kind === 'bool')
    return fc.constantFrom(path, `!${path}`, `${path} == true`, `${path} != false`)
  if (kind === 'number') {
    return fc.oneof(
      fc.tuple(op, n).map(([o, v]) => `${path} ${o} ${v}`),
      fc.tuple(n, op).map(([v, o]) => `(${v}) ${o} ${path}`),
      fc.array(n, { maxLength: 3 }).map((v) => `${path} in [${v.join(', ')}]`),
    )
  }
  return fc.oneof(
    fc.tuple(fc.constantFrom('==', '!='), text).map(([o, v]) => `${path} ${o} ${v}`),
    fc
      .tuple(fc.constantFrom('contains', 'startsWith', 'endsWith'), text)
      .map(([f, v]) => `${path}.${f}(${v})`),
    fc.array(text, { maxLength: 3 }).map((v) => `${path} in [${v.join(', ')}]`),
  )
}
const joined = (of: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.letrec<{ e: string }>((tie) => ({
    e: fc.oneof(
      { maxDepth: 3 },
      { weight: 4, arbitrary: of },
      fc
        .tuple(tie('e'), fc.constantFrom('&&', '||'), tie('e'))
        .map(([a, o, b]) => `(${a}) ${o} (${b})`),
      tie('e').map((e) => `!(${e})`),
      fc.tuple(tie('e'), tie('e'), tie('e')).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    ),
  })).e
const device = joined(
  fc.oneof(
    leaf('d.size', 'number'),
    leaf('d.rotational', 'bool'),
    quoted('nvme', 'sata').map((t) => `d.transport == ${t}`),
  ),
)
const anyCel = joined(
  fc.oneof(
    leaf('cpu.cores', 'number'),
    leaf('cpu.vendor', 'text'),
    leaf('security.iommu', 'bool'),
    quoted(...models).map((m) => `${m} in gpu.model`),
    quoted('H100', 'NVIDIA', 'MI').map((m) => `gpu.model.exists(m, m.contains(${m}) || m == 'x')`),
    device.map((e) => `disks.exists(d, ${e})`),
    device.map((e) => `disks.all(d, ${e})`),
    device.map((e) => `disks.exists_one(d, ${e})`),
    fc
      .tuple(device, op, fc.integer({ min: 0, max: 3 }))
      .map(([e, o, v]) => `disks.filter(d, ${e}).size() ${o} ${v}`),
    fc.tuple(op, fc.integer({ min: 0, max: 3 })).map(([o, v]) => `size(disks) ${o} ${v}`),
  ),
)

interface Made {
  readonly cores?: number | undefined
  readonly vendor?: string | undefined
  readonly iommu?: boolean | undefined
  readonly models?: readonly string[] | undefined
  readonly disks?: readonly MadeDisk[] | undefined
}

interface MadeDisk {
  readonly size?: number | undefined
  readonly transport?: string | undefined
  readonly rotational?: boolean | undefined
}

function known<T>(entries: readonly (readonly [string, T | undefined])[]): [string, T][] {
  return entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
}

const whole = (value: number | undefined) => (value === undefined ? undefined : BigInt(value))

/** A machine as ours: what is missing is not known. */
function valuesOf({ cores, vendor, iommu, models, disks }: Made): Map<string, AttributeValue> {
  const list = disks?.map(
    (disk) =>
      new Map(
        known<AttributeValue>([
          ['size', whole(disk.size)],
          ['transport', disk.transport],
          ['rotational', disk.rotational],
        ]),
      ),
  )
  return new Map(
    known<AttributeValue>([
      ['cpu.cores', whole(cores)],
      ['cpu.vendor', vendor],
      ['security.iommu', iommu],
      ['gpu.model', models && { kind: 'set', members: models }],
      ['disks', list && { kind: 'list', devices: list }],
    ]),
  )
}

/** The same for CEL: what is missing is no field. */
function bindingsOf({ cores, vendor, iommu, models, disks }: Made) {
  type Field = bigint | string | boolean
  const list = disks?.map(({ size, transport, rotational }) =>
    Object.fromEntries(
      known<Field>([
        ['size', whole(size)],
        ['transport', transport],
        ['rotational', rotational],
      ]),
    ),
  )
  return {
    cpu: Object.fromEntries(
      known<Field>([
        ['cores', whole(cores)],
        ['vendor', vendor],
      ]),
    ),
    security: Object.fromEntries(known<Field>([['iommu', iommu]])),
    gpu: models === undefined ? {} : { model: [...models] },
    ...(list === undefined ? {} : { disks: list }),
  }
}

/** What CEL says: not true, not false, but an error of evaluation. */
function celAnswer(source: string, machine: Made): 'yes' | 'no' | 'fails' {
  try {
    const answer = run(source, bindingsOf(machine))
    return typeof answer === 'boolean' ? (answer ? 'yes' : 'no') : 'fails'
  } catch {
    return 'fails'
  }
}

/** Asks an expression that is taken of machines; how many were. */
function overTaken<M>(
  machines: fc.Arbitrary<M>,
  ask: (machine: M, source: string, holds: Predicate) => void,
): number {
  let taken = 0
  fc.assert(
    fc.property(anyCel, fc.array(machines, { minLength: 3, maxLength: 5 }), (source, some) => {
      const problems = new Problems()
      const expression = parseMatch(source, 'match', { problems, clauses: 0 })
      if (expression === null) {
        // Negative numbers are no amounts, and limits are limits.
        expect(problems.refusal().message).toMatch(
          /conditions a request may have|parts|levels|whole number|cannot be compared/,
        )
        return
      }
      taken += 1
      const holds = compile(expression)
      for (const machine of some) ask(machine, source, holds)
    }),
    { numRuns: propertyRuns(5000) },
  )
  return taken
}

test('CEL means what another implementation says it means', () => {
  const taken = overTaken(anyMachine, (machine, source, holds) => {
    expect(holds(valuesOf(machine)), source).toBe(celAnswer(source, machine))
  })
  expect(taken).toBeGreaterThan(propertyRuns(2000))
}, 60_000)

test('CEL over missing fields is unknown, or what it is whatever they are', () => {
  let [unknown, sure] = [0, 0]
  const taken = overTaken(anyUnsure, ({ whole, known }, source, holds) => {
    const ours = holds(valuesOf(known))
    const theirs = celAnswer(source, known)
    if (theirs !== 'fails') expect(ours, source).toBe(theirs)
    if (ours === 'unknown') unknown += 1
    else expect(ours, source).toBe(celAnswer(source, whole))
    if (ours !== 'unknown' && theirs === 'fails') sure += 1
  })
  expect(taken).toBeGreaterThan(propertyRuns(2000))
  expect(unknown).toBeGreaterThan(propertyRuns(1000))
  expect(sure).toBeGreaterThan(0)
}, 60_000)
