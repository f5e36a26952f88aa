import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyChanges } from '../../../protocol/request/apply-changes.ts'
import type { RequestChange } from '../../../protocol/request/change.ts'
import { profilesByName } from '../../../protocol/request/profile.ts'
import { requestToJson } from '../../../protocol/request/written.ts'
import { parseRequest, type Request } from '../../../protocol/request.ts'
import { changeRequestText } from '../../../server/web/request-edit.ts'
import { requestYaml, shortRequest } from '../../../server/web/request-layout.ts'
import { readRequestText } from '../../../server/web/request-text.ts'
import { match } from '../../../server/matching/match.ts'
import { anyFleet } from '../matching/fleet.ts'
import { anyRequest } from '../matching/requests.ts'

function valueOf(text: string): unknown {
  const read = readRequestText(text)
  if (read.kind === 'unreadable') throw new Error(JSON.stringify(read.problems))
  return read.value
}

const understood = (text: string) => requestToJson(parseRequest(valueOf(text)))

/** Roles without their alternatives, which take what they do not say from their role. */
const ownOf = (request: Request) => request.roles.map((role) => ({ ...role, alternatives: [] }))

const text = `# For the training run.
roles:
  - name: gpu # all in one rack
    count: 4
    match:
      gpu.count: { gte: 8 } # H100 or H200
      memory.size: { gte: 1TiB, lte: 4TiB }
      cpu.vendor: AMD
    machines: { exclude: [ m-1 ] }
  - name: head
    count: 1
constraints:
  - { kind: same, level: rack }
  - { kind: distinct, level: pdu, roles: [ gpu ] } # power
security: { attested: required }
lease: { duration: 24h }
`

describe('changing the text of a request', () => {
  test('touches the line of the change and no other', () => {
    const change = (...changes: readonly RequestChange[]) => changeRequestText(text, changes)
    expect(
      change({ kind: 'clause', role: 'gpu', clause: 0, match: { 'gpu.count': { gte: 4 } } }),
    ).toBe(text.replace('gpu.count: { gte: 8 }', 'gpu.count: { gte: 4 }'))
    expect(change({ kind: 'clause', role: 'gpu', clause: 3, match: {} })).toBe(
      text.replace('      cpu.vendor: AMD\n', ''),
    )
    expect(change({ kind: 'constraint', constraint: 0, max: null })).toBe(
      text.replace('  - { kind: same, level: rack }\n', ''),
    )
    expect(change({ kind: 'constraint', constraint: 1, max: 2 })).toBe(
      text.replace(
        'distinct, level: pdu, roles: [ gpu ] }',
        'spread, level: pdu, roles: [ gpu ], max: 2 }',
      ),
    )
    expect(change({ kind: 'count', role: 'gpu', count: 2 })).toBe(
      text.replace('count: 4', 'count: { min: 2, max: 4 }'),
    )
    expect(change({ kind: 'machines', role: 'gpu' })).toBe(
      text.replace('    machines: { exclude: [ m-1 ] }\n', ''),
    )
    expect(change({ kind: 'attested' })).toBe(
      text.replace('security: { attested: required }\n', ''),
    )
  })

  test('writes conditions that share an entry anew', () => {
    const changed = changeRequestText(text, [
      { kind: 'clause', role: 'gpu', clause: 1, match: { 'memory.size': { gte: '512GiB' } } },
    ])
    expect(changed).toContain('# For the training run.')
    expect(changed).toContain('# power')
    expect(understood(changed).roles[0]?.match).toEqual({
      and: [
        { 'gpu.count': { gte: 8 } },
        { 'memory.size': { gte: '512GiB' } },
        { 'memory.size': { lte: '4TiB' } },
        { 'cpu.vendor': { eq: 'AMD' } },
      ],
    })
  })

  test('writes all anew where parts of the text stand for each other', () => {
    const shared = `roles:
  - name: a
    count: 2
    match: &any { gpu.count: { gte: 8 }, memory.size: { gte: 1TiB } }
  - { name: b, count: 1, match: *any }
constraints: [&same { kind: same, level: rack }, *same]
lease: { duration: 24h }
`
    const relaxed: RequestChange[] = [
      { kind: 'clause', role: 'a', clause: 0, match: { 'gpu.count': { gte: 4 } } },
      { kind: 'clause', role: 'b', clause: 1, match: {} },
      { kind: 'constraint', constraint: 0, max: null },
      { kind: 'constraint', constraint: 1, max: null },
    ]
    for (const changes of [...relaxed.map((one) => [one]), relaxed]) {
      const meant = requestToJson(applyChanges(parseRequest(valueOf(shared)), changes))
      expect(understood(changeRequestText(shared, changes))).toEqual(meant)
    }
  })

  test('leaves the name of a profile alone, and writes its conditions out to change them', () => {
    const profiles = profilesByName([
      { name: 'base', version: '1', match: { 'cpu.cores': { gte: 16 } } },
      {
        name: 'big',
        version: '3',
        extends: ['base'],
        match: { 'memory.size': { gte: '1TiB' } },
        prefer: [{ attribute: 'bench.memory.triad', order: 'high' }],
      },
    ])
    const named = `# For the training run.
roles:
  - name: gpu
    count: 4
    profile: big # of the site
    match:
      gpu.count: { gte: 8 } # H100
      cpu.vendor: AMD
lease: { duration: 24h }
`
    const change = (clause: number, match: RequestChange & { kind: 'clause' }) =>
      changeRequestText(named, [{ ...match, clause }], profiles)
    const relaxed = {
      kind: 'clause',
      role: 'gpu',
      clause: 0,
      match: { 'gpu.count': { gte: 4 } },
    } as const
    // Clauses of the profile come first: cores, memory, GPUs, vendor.
    expect(change(2, relaxed)).toBe(named.replace('gte: 8', 'gte: 4'))
    expect(change(3, { ...relaxed, match: {} })).toBe(named.replace('      cpu.vendor: AMD\n', ''))
    const written = change(1, { ...relaxed, match: { 'memory.size': { gte: '512GiB' } } })
    expect(written).toContain('# For the training run.')
    expect(written).not.toContain('profile')
    expect(understood(written).roles[0]).toMatchObject({
      match: {
        and: [
          { 'cpu.cores': { gte: 16 } },
          { 'memory.size': { gte: '512GiB' } },
          { 'gpu.count': { gte: 8 } },
          { 'cpu.vendor': { eq: 'AMD' } },
        ],
      },
      prefer: [{ attribute: 'bench.memory.triad', order: 'high' }],
    })
    const fewer = [{ kind: 'count', role: 'gpu', count: 2 }] as const
    expect(changeRequestText(named, fewer, profiles)).toBe(
      named.replace('count: 4', 'count: { min: 2, max: 4 }'),
    )
    const both = [relaxed, { ...relaxed, clause: 2, match: {} }]
    const meant = requestToJson(applyChanges(parseRequest(valueOf(named), profiles), both))
    expect(understood(changeRequestText(named, both, profiles))).toEqual(meant)
    expect(() => changeRequestText(named, fewer)).toThrow("there is no profile 'big'")
  })

  test('keeps JSON JSON', () => {
    const json = JSON.stringify(valueOf(text))
    const changed = changeRequestText(json, [{ kind: 'count', role: 'gpu', count: 3 }])
    const read: unknown = JSON.parse(changed)
    expect(read).toMatchObject({ roles: [{ count: { min: 3, max: 4 } }, { count: 1 }] })
  })

  test('does to any request what its remedies say, in the canonical form and in the short one', () => {
    let seen = 0
    fc.assert(
      fc.property(anyRequest, anyFleet, (wanted, fleet) => {
        if (wanted === null) return
        const canonical = requestToJson(wanted)
        for (const source of [JSON.stringify(canonical), requestYaml(canonical)]) {
          expect(understood(source)).toEqual(canonical)
          for (const { changes } of match(wanted, fleet).explanation.remedies) {
            seen += 1
            const changed = parseRequest(valueOf(changeRequestText(source, changes)))
            const meant = applyChanges(wanted, changes)
            expect(ownOf(changed)).toEqual(ownOf(meant))
            expect(changed.constraints).toEqual(meant.constraints)
            expect(match(changed, fleet).kind).toBe('matched')
          }
        }
        expect(requestToJson(parseRequest(shortRequest(canonical)))).toEqual(canonical)
      }),
      { numRuns: 300 },
    )
    expect(seen).toBeGreaterThan(100)
  }, 60_000)

  test('writes a canonical request as a person would', () => {
    expect(requestYaml(understood(text))).toBe(`roles:
  - name: gpu
    count: 4
    match:
      gpu.count: { gte: 8 }
      memory.size: { gte: 1TiB, lte: 4TiB }
      cpu.vendor: { eq: AMD }
    machines: { exclude: [ m-1 ] }
  - name: head
    count: 1
constraints:
  - { kind: same, level: rack }
  - { kind: spread, level: pdu, max: 1, roles: [ gpu ] }
security: { attested: required }
lease: { duration: 1d }
`)
  })
})
