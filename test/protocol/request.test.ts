import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../protocol/errors.ts'
import { formatDuration, parseDuration } from '../../protocol/request/duration.ts'
import { expressionText } from '../../protocol/request/expression.ts'
import { requestToJson } from '../../protocol/request/written.ts'
import { parseRequest, parseRequestText } from '../../protocol/request.ts'

const trainer = `
roles:
  - name: trainer
    count: 4
    match:
      gpu.model: { glob: "*H100*" }
      gpu.count: { gte: 8 }
      memory.size: { gte: 1.5Ti }
      bench.memory.triad: { gte: 300GB/s }
      nics: { count: { gte: 8, where: { carrier: true, linkSpeed: { gte: 400Gbit/s } } } }
    prefer: [{ attribute: bench.memory.triad, order: high, weight: 2 }]
  - name: store
    count: 2
    match:
      storage.nvmeSize: { gte: 30T }
      label.rack: [a1, a2]
      or:
        - cpu.vendor: AuthenticAMD
        - not: { disks: { some: { transport: sata } } }
constraints:
  - { kind: same, level: leaf, roles: [trainer] }
  - { kind: spread, level: rack, max: 1, roles: [store] }
  - { kind: distinct, level: row }
lease: { duration: 72h, hold: 60s }
image: debian@13.1
labels: { project: llm }
`

function withMatch(match: object): object {
  return { roles: [{ name: 'a', count: 1, match }], lease: { duration: '1h' } }
}

function problemsOf(input: unknown): string {
  try {
    parseRequest(input)
  } catch (error) {
    if (error instanceof AppError) return JSON.stringify(error.details['problems'])
    throw error
  }
  return 'taken'
}

describe('parseRequest', () => {
  test('reads the shorthand of the design page', () => {
    const request = parseRequestText(trainer)
    expect(request.roles.map((role) => expressionText(role.match))).toEqual([
      '(gpu.model like *H100* and gpu.count >= 8 and memory.size >= 1.5TiB and ' +
        'bench.memory.triad >= 300GB/s and ' +
        'count of nics with (carrier = true and linkSpeed >= 400Gbit/s) >= 8)',
      '(storage.nvmeSize >= 30TB and label.rack in [a1, a2] and ' +
        '(cpu.vendor = AuthenticAMD or not some of disks with transport = sata))',
    ])
    expect(request.lease).toMatchObject({ durationSeconds: 259_200, holdSeconds: 60 })
    expect(request.image).toEqual({ name: 'debian', version: '13.1' })
    expect(request.constraints[2]).toEqual({
      kind: 'spread',
      level: 'row',
      max: 1,
      roles: ['trainer', 'store'],
    })
  })

  test('gives the same request again from its canonical form, in JSON text too', () => {
    const request = parseRequestText(trainer)
    const canonical = requestToJson(request)
    expect(parseRequest(canonical)).toEqual(request)
    expect(parseRequestText(JSON.stringify(canonical))).toEqual(request)
    expect(requestToJson(parseRequest(canonical))).toEqual(canonical)
  })

  test.each<[object, string]>([
    [{ 'cpu.coers': 4 }, `did you mean 'cpu.cores'`],
    [{ cores: 4 }, `did you mean 'cpu.cores'`],
    [{ 'cpu.cores': { gt3: 4 } }, `'gt3' is no operator for cpu.cores`],
    [{ 'cpu.cores': 2.5 }, 'wants a whole number'],
    [{ 'cpu.cores': '4' }, 'wants a whole number'],
    [{ 'cpu.arch': { gte: 'x' } }, 'is no operator for cpu.arch, which is a string'],
    [{ 'cpu.arch': null }, 'exists'],
    [{ 'memory.size': { gte: '400GB/s' } }, 'is in B/s, not in B'],
    [{ 'memory.size': '1.4Ti' }, 'no whole number of bytes'],
    [{ 'firmware.version': 2.1 }, 'put it in quotes'],
    [{ 'firmware.version': { semver: 'newest' } }, 'no version range'],
    [{ 'security.iommu': 'yes' }, 'true or false'],
    [{ disks: { size: 3 } }, 'is no operator for disks'],
    [{ disks: 3 }, 'is no operator for disks'],
    [{ disks: { some: { sise: '3T' } } }, `did you mean 'size'`],
    [{ disks: { some: { 'cpu.cores': 3 } } }, `there is no attribute 'cpu.cores'`],
    [{ disks: { count: { where: { rotational: true } } } }, `wants a number`],
    [{ or: [] }, `'or' wants a list`],
    [{ 'cpu.cores': { in: [] } }, '1 to 64 values'],
    [{ 'cpu.cores': {} }, 'wants an operator'],
    [{ constructor: 1 }, `there is no attribute 'constructor'`],
    [{ 'cpu.cores': { constructor: 1 } }, `'constructor' is no operator`],
    [{ 'label.Rack': 'a' }, `there is no attribute 'label.Rack'`],
  ])('refuses %o', (match, problem) => {
    expect(problemsOf(withMatch(match))).toContain(problem)
  })

  test.each<[object]>([
    [{ 'cpu.cores': { gte: 8, lte: 4 } }],
    [{ 'cpu.cores': { gt: 4, lt: 5 } }],
    [{ 'cpu.cores': { lt: 0 } }],
    [{ 'cpu.cores': { eq: 4, gte: 5 } }],
    [{ 'memory.size': { between: ['2T', '1T'] } }],
    [{ and: [{ 'cpu.arch': 'x86_64' }, { 'cpu.arch': 'aarch64' }] }],
    [{ 'cpu.vendor': { in: ['a', 'b'], notIn: ['b', 'a', 'c'] } }],
    [{ 'cpu.vendor': { eq: 'a', ne: 'a' } }],
    [{ 'cpu.cores': { in: [2, 4], gte: 8 } }],
    [{ 'gpu.model': { exists: false, glob: '*' } }],
    [{ nics: { count: { gte: 2, lte: 1, where: { carrier: true } } } }],
    [{ or: [{ 'cpu.cores': 1 }, { 'cpu.cores': { gte: 8, lte: 4 } }] }],
  ])('refuses the contradiction %o', (match) => {
    expect(problemsOf(withMatch(match))).toMatch(/contradict each other|can never hold/)
  })

  test.each<[object]>([
    [{}],
    [{ 'cpu.cores': { gt: 4, lt: 6 } }],
    [{ 'cpu.vendor': { ne: 'a', notIn: ['b'] } }],
    [
      {
        nics: { count: { gte: 2 } },
        and: [{ nics: { count: { lte: 1, where: { carrier: true } } } }],
      },
    ],
    [{ or: [{ 'cpu.cores': 1 }, { 'cpu.cores': 2 }] }],
    [{ 'gpu.model': { has: ['a', 'b'] } }],
  ])('takes %o, which is none', (match) => {
    expect(problemsOf(withMatch(match))).toBe('taken')
  })

  test('reports all that is wrong at once, each with its place', () => {
    const problems = problemsOf({
      roles: [
        { name: 'a', count: 1, match: { 'cpu.coers': 1, 'memory.size': 'x' } },
        { name: 'a', count: 1, match: {}, prefer: [{ attribute: 'cpu.model', order: 'high' }] },
      ],
      constraints: [{ kind: 'same', level: 'rack', roles: ['b'] }],
      lease: { duration: '3 days' },
    })
    for (const path of [
      'roles[0].match.cpu.coers',
      'roles[0].match.memory.size',
      'roles[1].prefer[0]',
      'constraints[0]',
      'lease.duration',
      `two roles have the name 'a'`,
    ]) {
      expect(problems).toContain(path)
    }
  })

  test('names the field a wrong one resembles', () => {
    expect(problemsOf({ ...withMatch({}), leese: 1 })).toContain(`did you mean 'lease'`)
  })

  test('keeps its limits', () => {
    const role = (name: string) => ({ name, count: 1, match: {} })
    const lease = { duration: '1h' }
    const roles = Array.from({ length: 17 }, (_, index) => role(`r${index}`))
    expect(problemsOf({ roles, lease })).toContain('Too big')
    expect(problemsOf({ roles: roles.slice(1), lease })).toBe('taken')
    const clause = { 'cpu.cores': { gte: 1 } }
    const many = (count: number) => ({ and: Array.from({ length: count }, () => clause) })
    expect(problemsOf(withMatch(many(201)))).toContain('beyond the 200 conditions')
    expect(problemsOf(withMatch(many(200)))).toBe('taken')
    const deep = (levels: number): object => (levels === 0 ? clause : { not: deep(levels - 1) })
    expect(problemsOf(withMatch(deep(21)))).toContain('deeper than 20 levels')
    expect(problemsOf(withMatch(deep(20)))).toBe('taken')
    expect(() => parseRequestText(`# ${'x'.repeat(70_000)}`)).toThrow('65536 is the most')
  })

  test('takes or refuses any JSON without any other error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (whole, match) => {
        expect(typeof problemsOf(whole)).toBe('string')
        expect(
          typeof problemsOf({ ...withMatch({}), roles: [{ name: 'a', count: 1, match }] }),
        ).toBe('string')
      }),
    )
  })

  test('says that a text is no YAML', () => {
    expect(() => parseRequestText('roles: [')).toThrow('as YAML or JSON')
    expect(() => parseRequestText('')).toThrow(AppError)
  })
})

describe('parseDuration', () => {
  test.each([
    ['72h', 259_200],
    ['1h30m', 5_400],
    ['60s', 60],
    ['2d', 172_800],
  ])('reads %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  test.each(['', '5', 'h', '-1h', '1m1h', '1.5h'])(`refuses '%s'`, (text) => {
    expect(() => parseDuration(text)).toThrow('is no duration')
  })

  test('comes back from what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.nat(31_622_400), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds)
      }),
    )
  })
})
