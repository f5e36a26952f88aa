import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainText } from '../../../protocol/explain-text.ts'
import { parseRequest, type Request } from '../../../protocol/request.ts'
import { requestToJson } from '../../../protocol/request/written.ts'
import { conjuncts, expressionToJson } from '../../../protocol/request/expression.ts'
import type { Candidate } from '../../../server/matching/candidate.ts'
import { compile } from '../../../server/matching/evaluate.ts'
import { match } from '../../../server/matching/match.ts'
import { anyClause, anyFleet, devices, machine, request, simple } from './fleet.ts'

const held = { kind: 'held', by: 'a-7', untilMs: Date.UTC(2030, 0, 2) } as const
const out = { kind: 'unschedulable', reason: 'maintenance' } as const

/** The request with one clause of its only role written anew. */
function rewritten(wanted: Request, clause: number, relaxed: object): Request {
  const written = requestToJson(wanted)
  const [role] = wanted.roles
  const clauses = role === undefined ? [] : conjuncts(role.match).map(expressionToJson)
  const match = { and: clauses.map((json, index) => (index === clause ? relaxed : json)) }
  return parseRequest({ ...written, roles: written.roles.map((json) => ({ ...json, match })) })
}

function requestOrNull(clauses: readonly object[]): Request | null {
  try {
    return simple(3, { and: clauses })
  } catch {
    return null
  }
}

describe('a relaxation', () => {
  test('lets in the machines it names, and as many as it says', () => {
    let seen = 0
    fc.assert(
      fc.property(
        fc.array(anyClause, { minLength: 1, maxLength: 3 }),
        anyFleet,
        (clauses, fleet) => {
          const wanted = requestOrNull(clauses)
          if (wanted === null) return
          const [role] = match(wanted, fleet).explanation.roles
          role?.clauses.forEach((clause, index) => {
            for (const relaxation of clause.relaxations) {
              seen += 1
              const relaxed = rewritten(wanted, index, relaxation.match)
              const [after] = match(relaxed, fleet).explanation.roles
              expect(after?.eligible.total).toBe(role.eligible.total + relaxation.admits.total)
              const passes = compile(relaxed.roles[0]?.match ?? { kind: 'or', of: [] })
              for (const candidate of fleet) {
                if (!relaxation.machines.includes(candidate.id)) continue
                expect(passes(candidate.attributes)).toBe('yes')
              }
            }
          })
        },
      ),
      { numRuns: 2000 },
    )
    expect(seen).toBeGreaterThan(1000)
  })

  const texts = (wanted: Request, fleet: readonly Candidate[]) =>
    match(wanted, fleet).explanation.roles[0]?.clauses.map((clause) =>
      clause.relaxations.map(({ text, admits }) => `${text}: ${admits.total}`),
    )

  test('of a bound is the nearest value there is, then enough, then all', () => {
    const fleet = [1n, 2n, 3n, 4n].map((size, index) =>
      machine(`m${index}`, { 'memory.size': size << 30n, 'cpu.cores': 8n }),
    )
    expect(texts(simple(2, { 'memory.size': { gt: '4Gi' }, 'cpu.cores': 8 }), fleet)).toEqual([
      ['memory.size >= 4GiB: 1', 'memory.size >= 3GiB: 2', 'memory.size >= 1GiB: 4'],
      [],
    ])
    expect(texts(simple(1, { 'memory.size': { lt: '1Gi' } }), fleet)).toEqual([
      ['memory.size <= 1GiB: 1', 'memory.size <= 4GiB: 4'],
    ])
  })

  test('of a name is the one most machines have', () => {
    const fleet = ['AMD', 'AMD', 'ARM'].map((vendor, index) =>
      machine(`m${index}`, { 'cpu.vendor': vendor }),
    )
    expect(texts(simple(1, { 'cpu.vendor': 'Intel' }), fleet)).toEqual([
      ['cpu.vendor in [Intel, AMD]: 2', 'cpu.vendor in [Intel, AMD, ARM]: 3'],
    ])
  })

  test('of a number of devices is what machines surely have', () => {
    const fleet = [
      machine('a', { disks: devices({ size: 8n }, { size: 8n }, {}) }),
      machine('b', { disks: devices({ size: 8n }) }),
    ]
    const count = { count: { gte: 4, where: { size: { gte: 4 } } } }
    expect(texts(simple(2, { disks: count }), fleet)).toEqual([
      ['count of disks with size >= 4B >= 2: 1', 'count of disks with size >= 4B >= 1: 2'],
    ])
  })

  test('of anything else is to leave it out', () => {
    const fleet = [machine('a', { 'gpu.model': null })]
    expect(texts(simple(1, { 'gpu.model': 'H100' }), fleet)).toEqual([
      ['without this condition: 1'],
    ])
  })

  test('is not offered for a machine that fails a second clause', () => {
    const fleet = [machine('a', { 'cpu.cores': 1n, 'memory.size': 1n })]
    expect(texts(simple(1, { 'cpu.cores': { gte: 2 }, 'memory.size': { gte: 2 } }), fleet)).toEqual(
      [[], []],
    )
  })
})

describe('an explanation', () => {
  const fleet = [
    machine('a', { 'gpu.count': 8n, 'memory.size': 4n, 'label.rack': 'r1' }),
    machine('b', { 'gpu.count': 8n, 'memory.size': 2n, 'label.rack': 'r1' }),
    machine('c', { 'gpu.count': 8n, 'label.rack': 'r2' }, held),
    machine('d', { 'gpu.count': 0n, 'memory.size': 4n }, out),
    machine('e', { 'gpu.count': 8n, 'memory.size': 4n, 'label.rack': 'r2' }, held),
  ]

  test('shows the funnel: alone, what is left, what fails only there, what is not known', () => {
    const wanted = simple(3, { 'gpu.count': { gte: 8 }, 'memory.size': { gte: 4 } })
    const { explanation } = match(wanted, fleet)
    expect(explanation.machines).toEqual({ total: 5, free: 2, held: 2, unschedulable: 1 })
    expect(explanation.reasons).toEqual([{ reason: 'maintenance', count: 1 }])
    const [role] = explanation.roles
    expect(role).toMatchObject({
      eligible: { total: 2, free: 1, held: 1, unschedulable: 0 },
      unknown: 1,
      clauses: [
        { alone: { yes: 4, no: 1, unknown: 0 }, remaining: 4, failsOnlyThis: 1 },
        {
          alone: { yes: 3, no: 1, unknown: 1 },
          remaining: 2,
          failsOnlyThis: 1,
          unknownOnlyThis: 1,
          relaxations: [{ machines: ['b'], text: 'memory.size >= 2B' }],
        },
      ],
    })
    expect(explanation.verdict).toBe('impossible')
    expect(explanation.deficient).toEqual({ roles: ['worker'], wanted: 3, eligible: 2 })
  })

  test('tells busy machines from missing ones, with who holds them and until when', () => {
    const { explanation } = match(
      simple(2, { 'memory.size': { gte: 4 } }),
      fleet.slice(0, 3).concat(fleet.slice(4)),
    )
    expect(explanation).toMatchObject({
      verdict: 'busy',
      earliestAtMs: held.untilMs,
      blockers: [{ machine: 'e', heldBy: 'a-7', untilMs: held.untilMs }],
      deficient: { roles: ['worker'], wanted: 2, eligible: 1 },
    })
    expect(match(simple(1, { 'gpu.count': 0 }), fleet).explanation.verdict).toBe('unschedulable')
  })

  test('names the smallest set of roles that starves together', () => {
    const wanted = request([
      { name: 'x', count: 1, match: { 'cpu.cores': { gte: 8 } } },
      { name: 'y', count: 1, match: { 'cpu.cores': { gte: 9 } } },
      { name: 'z', count: 1, match: {} },
    ])
    const { explanation } = match(wanted, [
      machine('a', { 'cpu.cores': 16n }),
      machine('b', { 'cpu.cores': 1n }),
      machine('c', { 'cpu.cores': 1n }),
    ])
    expect(explanation.deficient).toEqual({ roles: ['x', 'y'], wanted: 2, eligible: 1 })
    expect(explanation.summary).toBe(
      `No match, waiting does not help: roles 'x', 'y' want 2 machines, 1 is eligible`,
    )
  })

  test('says how far the best domain goes and who has no label', () => {
    const racks = ['r1', 'r1', 'r2', 'r2', 'r2', null]
    const wanted = request([{ name: 'w', count: 4, match: {} }], [{ kind: 'same', level: 'rack' }])
    const { explanation } = match(
      wanted,
      racks.map((rack, index) => machine(`m${index}`, rack === null ? {} : { 'label.rack': rack })),
    )
    expect(explanation.constraints).toEqual([
      {
        text: 'same rack for w',
        level: 'rack',
        unlabelled: 1,
        unseen: 0,
        best: { domain: 'r2', placeable: 3, wanted: 4 },
        placeable: 3,
        wanted: 4,
      },
    ])
    expect(explanation.summary).toContain(`'same rack for w' lets 3 of 4 be placed (best: r2)`)
  })

  test('shows the names there are when none is the wanted one', () => {
    const named = ['AMD', 'AMD', 'Intel'].map((vendor, index) =>
      machine(`m${index}`, { 'cpu.vendor': vendor }),
    )
    const text = explainText(match(simple(1, { 'cpu.vendor': 'Intle' }), named).explanation)
    expect(text).toContain('there are: AMD (2), Intel (1)')
  })

  test('reads well in a terminal', () => {
    const wanted = simple(3, { 'gpu.count': { gte: 8 }, 'memory.size': { gte: 4 } })
    expect(explainText(match(wanted, fleet).explanation)).toBe(
      [
        `No match, waiting does not help: role 'worker' wants 3 machines, 2 are eligible`,
        '  machines: 5 known, 2 free, 2 held, 1 out of service',
        '    1 out of service: maintenance',
        'role worker: 3 wanted, 2 fit, 1 free, 1 held, 1 not known',
        '  clause             pass  left  fail  unknown  only this',
        '  gpu.count >= 8        4     4     1        0          1',
        '    gpu.count >= 0 would admit 1 more (0 free)',
        '  memory.size >= 4B     3     2     1        1          1',
        '    memory.size >= 2B would admit 1 more (1 free)',
        '    1 would fit if this were known of them',
        `would match: role 'worker', 1 instead of 3`,
      ].join('\n'),
    )
  })

  test('is one sentence for an empty fleet', () => {
    expect(match(simple(1, {}), []).explanation.summary).toBe(
      `No match, waiting does not help: role 'worker' wants 1 machine, 0 are eligible`,
    )
  })
})
