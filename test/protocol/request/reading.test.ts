import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../protocol/errors.ts'
import { requestLimits } from '../../../protocol/request/limits.ts'
import { expressionText } from '../../../protocol/request/expression.ts'
import { parseMatch } from '../../../protocol/request/parse-match.ts'
import { parseProfile, profilesByName } from '../../../protocol/request/profile.ts'
import { Problems } from '../../../protocol/request/problems.ts'
import { parseRequest, parseRequestText } from '../../../protocol/request.ts'
import { requestToJson } from '../../../protocol/request/written.ts'
import { compile } from '../../../server/matching/evaluate.ts'
import { propertyRuns } from '../../property-runs.ts'
import { anyAttributes, anyMatch } from '../../server/matching/fleet.ts'
import { anyWrittenRequest } from './written-requests.ts'

const lease = { duration: '1h' }
const withMatch = (match: unknown) => ({ roles: [{ name: 'a', count: 1, match }], lease })

/** The first example of the design, word for word. */
const design = `
roles:
  - name: trainer
    count: 4
    match:
      gpu.model: { glob: "*H100*" }
      gpu.count: { gte: 8 }
      memory.size: { gte: 1.5Ti }
      bench.memory.triad: { gte: 300GB/s }
      nics: { count: { gte: 8, where: { rdma: true, linkSpeed: { gte: 400Gbit/s } } } }
    prefer: [{ attribute: bench.gpu.dtod, order: high, weight: 2 }]
  - name: store
    count: 2
    match: { storage.nvmeSize: { gte: 30T } }
constraints:
  - { kind: same, level: leaf, perRail: true, roles: [trainer] }
  - { kind: spread, level: rack, max: 1, roles: [store] }
lease: { duration: 72h, hold: 60s, queue: true }
security: { attested: preferred, erase: purge }
`

/** The refusal of a text or an object, with all of its problems. */
function refusalOf(input: unknown): string {
  try {
    if (typeof input === 'string') parseRequestText(input)
    else parseRequest(input)
  } catch (error) {
    if (error instanceof AppError) return `${error.message} ${JSON.stringify(error.details)}`
    throw error
  }
  return 'taken'
}

describe('the example of the design', () => {
  test('is taken word for word, and is the same in JSON', () => {
    const request = parseRequestText(design)
    expect(request.roles.map(({ match }) => expressionText(match))).toEqual([
      '(gpu.model like *H100* and gpu.count >= 8 and memory.size >= 1.5TiB and ' +
        'bench.memory.triad >= 300GB/s and ' +
        'count of nics with (rdma = true and linkSpeed >= 400Gbit/s) >= 8)',
      'storage.nvmeSize >= 30TB',
    ])
    expect(request.roles[0]?.prefer).toMatchObject([{ order: 'high', weight: 2 }])
    expect(request.security).toEqual({ attested: 'preferred', erase: 'purge' })
    const json = JSON.stringify(requestToJson(request), null, '\t')
    expect(parseRequestText(json)).toEqual(request)
  })
})

describe('a text', () => {
  const text = (match: string) =>
    `roles:\n  - name: a\n    count: 1\n    match:\n${match}\nlease: { duration: 1h }\n`

  test.each([
    [
      text('      cpu.cores: { gte: 8 }\n      cpu.cores: { lte: 64 }'),
      "line 6, column 7: 'cpu.cores' stands there twice, first at line 5, column 7",
    ],
    [
      '{"roles": [{"name": "a", "count": 1, "count": 2}],\n "lease": {"duration": "1h"}}',
      "line 1, column 38: 'count' stands there twice",
    ],
    [text('      ? { a: 1 }\n      : 2'), 'a key is no text'],
    [text('      <<: 1'), 'Merge sources must be maps'],
    [text('      "8": 1\n      8: 2'), "'8' stands there twice"],
    ['roles: [\nlease: {', 'line 2'],
    ['a: 1\n---\nb: 2', 'multiple documents'],
    [`${'['.repeat(200)}${']'.repeat(200)}`, 'nested deeper than 128 levels'],
    [`${'? '.repeat(2000)}x`, 'a key is no text'],
    [`${'- '.repeat(2000)}x`, 'nested deeper than 128 levels'],
    ['['.repeat(30_000), 'Maximum call stack'],
    [text('      &m { and: [*m] }'), 'nested deeper than 20 levels'],
    ['', 'expected object'],
    ['x'.repeat(requestLimits.textBytes + 1), 'characters'],
  ])('that is not good is refused with the line: %.40s', (source, problem) => {
    expect(refusalOf(source)).toContain(problem)
  })

  test('of aliases that unfold without end is refused at once', () => {
    const ten = (name: string) => Array.from({ length: 10 }, () => `*${name}`).join(', ')
    const levels = Array.from({ length: 9 }, (_, at) => `        - &x${at + 1} [${ten(`x${at}`)}]`)
    const bomb = text(`      and:\n        - &x0 { cpu.cores: 1 }\n${levels.join('\n')}`)
    expect(refusalOf(bomb)).toContain('Excessive alias count')
  })

  test('may name a part and use it again', () => {
    const request = parseRequestText(`roles:
  - { name: a, count: 1, match: &gpu { gpu.count: 8 } }
  - { name: b, count: 1, match: { <<: *gpu, cpu.cores: 2 } }
lease: { duration: 1h }`)
    expect(request.roles.map(({ match }) => expressionText(match))).toEqual([
      'gpu.count = 8',
      '(gpu.count = 8 and cpu.cores = 2)',
    ])
  })

  test('holds whole numbers of any size exactly', () => {
    const request = parseRequestText(text('      memory.size: { lt: 9007199254740993 }'))
    expect(request.roles[0]?.match).toMatchObject({ value: 9_007_199_254_740_993n })
    const sum = (2n ** 63n).toString()
    const large = parseRequestText(text(`      memory.size: ${sum}`))
    expect(large.roles[0]?.match).toMatchObject({ value: 2n ** 63n })
  })
})

describe('a request', () => {
  test('that holds a key of the language is not read without it', () => {
    const odd: unknown = JSON.parse(`{"__proto__": {"cpu.cores": 8}}`)
    expect(refusalOf(withMatch(odd))).toContain("there is no attribute '__proto__'")
  })

  test('full of errors is not looked at beyond those that are told', () => {
    let isTouched = false
    const beyond = {
      get 'cpu.cores'() {
        isTouched = true
        return 1
      },
    }
    const wrong = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`cpu.corez${at}`, 1]))
    expect(refusalOf(withMatch({ and: [wrong(20_000), beyond] }))).toContain('and 17 more')
    expect(isTouched).toBe(false)
    expect(refusalOf(withMatch({ and: [wrong(19), beyond] }))).toContain('and 16 more')
    expect(isTouched).toBe(true)
  })

  test('is taken again in its canonical form, and is the same', () => {
    let taken = 0
    fc.assert(
      fc.property(anyWrittenRequest, (written) => {
        if (refusalOf(written) !== 'taken') return
        taken += 1
        const request = parseRequest(written)
        const json: unknown = JSON.parse(JSON.stringify(requestToJson(request)))
        expect(parseRequest(json)).toEqual(request)
      }),
      { numRuns: propertyRuns(10_000) },
    )
    expect(taken).toBeGreaterThan(propertyRuns(3000))
  }, 120_000)

  test('of any value, and any text, is taken or refused with what is wrong', () => {
    const words = fc.constantFrom(
      ...'roles: - name: a count: 1 match: { } [ ] , lease: duration: 1h &x *x <<: ? | > !!set " \n'.split(
        ' ',
      ),
      '\n  ',
      '\n    ',
    )
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(words, { maxLength: 40 }).map((some) => some.join(' ')),
    )
    fc.assert(
      fc.property(fc.oneof(texts, fc.jsonValue()), (input) => {
        expect(typeof refusalOf(input)).toBe('string')
      }),
      { numRuns: propertyRuns(10_000) },
    )
    const parts = fc.dictionary(fc.constantFrom('name', 'count', 'match', 'prefer'), fc.jsonValue())
    fc.assert(
      fc.property(fc.array(parts), (roles) => {
        expect(typeof refusalOf({ roles, lease })).toBe('string')
      }),
      { numRuns: propertyRuns(5000) },
    )
  }, 60_000)

  const nested = (depth: number, inner: object): object =>
    depth === 0 ? inner : { not: nested(depth - 1, inner) }
  const each = (count: number, of: (at: number) => object) => ({
    or: Array.from({ length: count }, (_, at) => of(at)),
  })

  test.each([
    [withMatch(nested(20, { 'cpu.cores': 1, 'cpu.threads': 2 })), 'unfolds into more than 20'],
    [
      withMatch(each(150, (at) => ({ 'memory.size': { eq: 1000 + at, tolerance: '3%' } }))),
      'unfolds into more than 200 conditions',
    ],
    [
      withMatch(
        each(20, (at) => ({
          disks: { count: { gte: 1, lte: 9, ne: 3, where: { size: { gte: at, ne: 3, lte: 99 } } } },
        })),
      ),
      'unfolds into more than 200 conditions',
    ],
    [
      withMatch({ and: each(150, () => ({ not: {} })).or, or: each(150, () => ({ not: {} })).or }),
      '200',
    ],
    [withMatch({ 'memory.size': { gte: '1e30EiB', tolerance: '3%' } }), 'is out of range'],
    [
      {
        roles: [{ name: 'a', count: 1, machines: { exclude: ids('a', requestLimits.machines) } }],
        machines: { exclude: ids('b', requestLimits.machines) },
        lease,
      },
      'exclude 8192 with those of all roles',
    ],
  ])('is not taken whose canonical form would not be: %#', (written, problem) => {
    expect(refusalOf(written)).toContain(problem)
  })

  test('has no more preferences with those of its profiles than by itself', () => {
    const orderable = ['cpu.cores', 'cpu.threads', 'memory.size', 'gpu.count', 'numa.nodes']
    const profiles = ['a', 'b', 'c', 'd'].map((name, index) =>
      parseProfile({
        name,
        version: '1',
        ...(index === 0 ? {} : { extends: [['a', 'b', 'c'][index - 1]] }),
        prefer: orderable.map((attribute) => ({ attribute, order: 'high' })),
      }),
    )
    const request = parseRequest(
      { roles: [{ name: 'x', count: 1, profile: 'd' }], lease },
      profilesByName(profiles),
    )
    expect(request.roles[0]?.prefer.length).toBeLessThanOrEqual(requestLimits.prefer)
    expect(parseRequest(requestToJson(request))).toEqual(request)
  })
})

function ids(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`)
}

describe('a contradiction', () => {
  const problems = z.array(z.object({ message: z.string() }))

  test('is told only of conditions that no machine meets', () => {
    let told = 0
    fc.assert(
      fc.property(
        fc.array(anyMatch, { minLength: 2, maxLength: 4 }),
        fc.array(anyAttributes, { minLength: 5, maxLength: 10 }),
        (clauses, machines) => {
          const refusal = contradictionIn(clauses)
          // What is below an `or` or a number of devices may hold although a part of it cannot.
          if (refusal === null || /"(or|count)":/.test(JSON.stringify(clauses))) return
          told += 1
          const reading = { problems: new Problems(), clauses: 0 }
          const all = parseMatch({ and: clauses }, 'match', reading)
          if (all === null) throw new Error('it is read without its contradiction')
          const holds = compile(all)
          for (const values of machines) expect(holds(values), refusal).not.toBe('yes')
        },
      ),
      { numRuns: propertyRuns(10_000) },
    )
    expect(told).toBeGreaterThan(propertyRuns(50))
  }, 120_000)

  function contradictionIn(clauses: readonly object[]): string | null {
    try {
      parseRequest(withMatch({ and: clauses }))
      return null
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const [first] = problems.parse(error.details['problems'])
      return first?.message ?? null
    }
  }

  test.each([
    [{ 'security.iommu': { exists: true, ne: true }, and: [{ 'security.iommu': { ne: false } }] }],
    [{ 'cpu.cores': 8, not: { 'cpu.cores': 8 } }],
    [{ cel: 'cpu.cores > 8', 'cpu.cores': { lt: 9 } }],
    [{ cel: '!security.iommu && security.iommu' }],
    [{ 'gpu.model': { has: 'H100', notIn: ['A100', 'H100'] } }],
    [{ 'gpu.model': { in: ['H100', 'A100'], notIn: ['A100', 'H100'] } }],
    [{ disks: { exists: false, count: { gte: 1 } } }],
    [{ disks: { count: 0, some: { transport: 'nvme' } } }],
    [{ disks: { count: { lt: 1 } }, cel: 'disks.filter(d, d.rotational).size() > 1' }],
    [{ 'memory.size': { gte: '2TiB', lte: '1TiB', tolerance: '3%' } }],
  ])('is found in %j', (match) => {
    expect(refusalOf(withMatch(match))).toContain('contradict each other')
  })

  test('is found between a profile, what it extends, and CEL', () => {
    const base = { name: 'base', version: '1', match: 'cpu.cores >= 64' }
    const small = { name: 'small', version: '1', extends: ['base'], match: { 'cpu.cores': 8 } }
    expect(() =>
      parseRequest(
        { roles: [{ name: 'a', count: 1, profile: 'small' }], lease },
        profilesByName([base, small].map(parseProfile)),
      ),
    ).toThrow('cpu.cores >= 64 and cpu.cores = 8 contradict each other')
  })
})
