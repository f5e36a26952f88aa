import { run } from '@bufbuild/cel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AttributeValue } from '../../../protocol/attributes/definition.ts'
import { parseMatch } from '../../../protocol/request/parse-match.ts'
import { Problems } from '../../../protocol/request/problems.ts'
import { compile } from '../../../server/matching/evaluate.ts'
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

test('CEL means what another implementation says it means', () => {
  let taken = 0
  fc.assert(
    fc.property(
      anyCel,
      fc.array(anyMachine, { minLength: 3, maxLength: 5 }),
      (source, machines) => {
        const problems = new Problems()
        const expression = parseMatch(source, 'match', {
          problems,
          clauses: 0,
        })
        if (expression === null) {
          const refusal = problems.refusal().message
          // Negative numbers are no amounts, and limits are limits.
          expect(refusal).toMatch(
            /conditions a request may have|parts|levels|whole number|cannot be compared/,
          )
          return
        }
        taken += 1
        const holds = compile(expression)
        for (const { cores, vendor, iommu, models, disks } of machines) {
          const values = new Map<string, AttributeValue>([
            ['cpu.cores', BigInt(cores)],
            ['cpu.vendor', vendor],
            ['security.iommu', iommu],
            ['gpu.model', { kind: 'set', members: models }],
            [
              'disks',
              {
                kind: 'list',
                devices: disks.map(
                  (d) =>
                    new Map<string, AttributeValue>([
                      ['size', BigInt(d.size)],
                      ['transport', d.transport],
                      ['rotational', d.rotational],
                    ]),
                ),
              },
            ],
          ])
          const bindings = {
            cpu: { cores: BigInt(cores), vendor },
            security: { iommu },
            gpu: { model: models },
            disks: disks.map((d) => ({ ...d, size: BigInt(d.size) })),
          }
          expect(holds(values), source).toBe(run(source, bindings) === true ? 'yes' : 'no')
        }
      },
    ),
    { numRuns: propertyRuns(5000) },
  )
  expect(taken).toBeGreaterThan(propertyRuns(2000))
}, 60_000)
