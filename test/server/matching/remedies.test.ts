import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyChanges } from '../../../protocol/request/apply-changes.ts'
import { parseRequest, type Request } from '../../../protocol/request.ts'
import { requestToJson } from '../../../protocol/request/written.ts'
import { match } from '../../../server/matching/match.ts'
import { anyClause, anyFleet, machine, request } from './fleet.ts'
import { anyRequest } from './requests.ts'
import { propertyRuns } from '../../property-runs.ts'

/** One or two roles with any conditions and a constraint; null for a contradiction. */
const anyStrict: fc.Arbitrary<Request | null> = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.array(anyClause, { maxLength: 3 })), {
      minLength: 1,
      maxLength: 2,
    }),
    fc.constantFrom<readonly object[]>(
      [],
      [{ kind: 'same', level: 'rack' }],
      [{ kind: 'distinct', level: 'rack' }],
    ),
  )
  .map(([roles, constraints]) => {
    try {
      return request(
        roles.map(([count, and], at) => ({ name: `r${at}`, count, match: { and } })),
        constraints,
      )
    } catch {
      return null
    }
  })

describe('a remedy', () => {
  test('always makes the request match', () => {
    let seen = 0
    let without = 0
    fc.assert(
      fc.property(fc.oneof(anyStrict, anyRequest), anyFleet, (wanted, fleet) => {
        if (wanted === null) return
        const { kind, explanation } = match(wanted, fleet)
        if (kind === 'matched') {
          expect(explanation.remedies).toEqual([])
          return
        }
        if (explanation.remedies.length === 0) without += 1
        for (const remedy of explanation.remedies) {
          seen += 1
          const changed = applyChanges(wanted, remedy.changes)
          expect(match(changed, fleet).kind).toBe('matched')
          // As text it is taken, too.
          const written = parseRequest(requestToJson(changed))
          expect(match(written, fleet).kind).toBe('matched')
        }
      }),
      { numRuns: propertyRuns(4000) },
    )
    expect(seen).toBeGreaterThan(propertyRuns(1000))
    expect(without).toBeGreaterThan(0)
  }, 60_000)

  test('is the least that is enough: a bound, fewer machines, a wider spread', () => {
    const fleet = [1n, 2n, 3n, 4n].map((size, at) =>
      machine(`m${at}`, { 'memory.size': size << 30n, 'label.rack': `r${at % 2}` }),
    )
    const texts = (wanted: Request) =>
      match(wanted, fleet).explanation.remedies.map(({ text }) => text)
    expect(
      texts(request([{ name: 'w', count: 3, match: { 'memory.size': { gte: '4Gi' } } }])),
    ).toEqual(["role 'w', memory.size >= 4GiB: memory.size >= 2GiB", "role 'w', 1 instead of 3"])
    expect(
      texts(request([{ name: 'w', count: 3, match: {} }], [{ kind: 'distinct', level: 'rack' }])),
    ).toEqual(['at most 2 in each rack for w', "role 'w', 2 instead of 3"])
    expect(
      texts(request([{ name: 'w', count: 3, match: {} }], [{ kind: 'same', level: 'rack' }])),
    ).toEqual(["without 'same rack for w'", "role 'w', 2 instead of 3"])
  })

  test('names machines that were left out', () => {
    const fleet = [machine('a', {}), machine('b', {})]
    const wanted = request([{ name: 'w', count: 2, match: {}, machines: { exclude: ['a'] } }])
    const { remedies } = match(wanted, fleet).explanation
    expect(remedies.map(({ changes }) => changes)).toContainEqual([{ kind: 'machines', role: 'w' }])
  })

  test('is to do without attestation when that is all that fails', () => {
    const wanted = parseRequest({
      roles: [{ name: 'w', count: 1 }],
      security: { attested: 'required' },
      lease: { duration: '1h' },
    })
    const { verdict, remedies, roles } = match(wanted, [machine('a', {})]).explanation
    expect(verdict).toBe('impossible')
    expect(roles[0]?.clauses[0]).toMatchObject({
      text: 'security.attested = true',
      unknownOnlyThis: 1,
    })
    expect(remedies.map(({ changes }) => changes)).toContainEqual([{ kind: 'attested' }])
  })
})
