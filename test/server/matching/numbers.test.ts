import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Explanation, RoleExplanation } from '../../../protocol/explanation.ts'
import type { Request, Role } from '../../../protocol/request.ts'
import type { RequestChange } from '../../../protocol/request/change.ts'
import { applyChanges } from '../../../protocol/request/apply-changes.ts'
import { conjuncts } from '../../../protocol/request/expression.ts'
import { parseMatch } from '../../../protocol/request/parse-match.ts'
import { Problems } from '../../../protocol/request/problems.ts'
import type { Candidate } from '../../../server/matching/candidate.ts'
import { compile } from '../../../server/matching/evaluate.ts'
import { match } from '../../../server/matching/match.ts'
import { propertyRuns } from '../../property-runs.ts'
import {
  answersOf,
  availabilityOf,
  demandOf,
  mostPlaceable,
  passesAll,
  populationOf,
  smallestDeficit,
  standingOf,
} from './brute-numbers.ts'
import { anyClause, anyFleet, machine, request } from './fleet.ts'
import { anyRequest } from './requests.ts'

const tenant = 'red'

/** Requests of all kinds with more conditions in each role, some with attestation. */
const anyDemanding: fc.Arbitrary<Request> = fc
  .tuple(
    anyRequest,
    fc.array(fc.array(anyClause, { maxLength: 3 }), { minLength: 3, maxLength: 3 }),
    fc.constantFrom<Request['security']['attested']>('any', 'any', 'required', 'preferred'),
  )
  .map(([wanted, clauses, attested]) => ({
    ...wanted,
    security: { ...wanted.security, attested },
    roles: wanted.roles.map((role, at) => {
      const reading = { problems: new Problems(), clauses: 0 }
      const more = parseMatch({ and: clauses[at] ?? [] }, 'match', reading)
      const all = more === null ? [] : conjuncts(more)
      return { ...role, match: { kind: 'and', of: [...conjuncts(role.match), ...all] } as const }
    }),
  }))

/** The same with another way to fill the first role. */
const anyWithAlternative: fc.Arbitrary<Request> = fc
  .tuple(anyDemanding, anyDemanding)
  .map(([wanted, other]) => {
    const [first, ...rest] = wanted.roles
    const [choice] = other.roles
    if (first === undefined || choice === undefined) return wanted
    const { count, match: condition, prefer } = choice
    const alternatives = [{ count, match: condition, prefer }]
    return { ...wanted, roles: [{ ...first, alternatives }, ...rest] }
  })

describe('the numbers of an explanation', () => {
  test('are checked by something that notices when one of them is another', () => {
    const wanted = request([{ name: 'w', count: 2, match: { 'cpu.cores': { gte: 2 } } }])
    const fleet = [machine('a', { 'cpu.cores': 2n }), machine('b', { 'cpu.cores': 1n })]
    const [role] = wanted.roles
    const [explained] = match(wanted, fleet).explanation.roles
    if (role === undefined || explained === undefined) throw new Error('there is one role')
    const [clause] = explained.clauses
    if (clause === undefined) throw new Error('there is one clause')
    const withClause = (changes: object) => ({ ...explained, clauses: [{ ...clause, ...changes }] })
    checkRole(wanted, role, explained, true, fleet)
    for (const wrong of [
      { ...explained, eligible: { ...explained.eligible, free: 0 } },
      withClause({ failsOnlyThis: 0 }),
      withClause({ alone: { yes: 2, no: 0, unknown: 0 } }),
      withClause({ relaxations: clause.relaxations.map((one) => ({ ...one, machines: [] })) }),
    ]) {
      expect(() => {
        checkRole(wanted, role, wrong, true, fleet)
      }).toThrow()
    }
  })

  test('are those of counting machine by machine', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(fc.oneof(anyDemanding, anyRequest), anyFleet, (wanted, fleet) => {
        const { explanation } = match(wanted, fleet, { tenant })
        seen.set(explanation.verdict, (seen.get(explanation.verdict) ?? 0) + 1)
        expect(explanation.machines).toEqual(availabilityOf(fleet))
        checkReasons(explanation, fleet)
        const lacks = wanted.roles.map((role) => role.count.min > freeFor(wanted, role, fleet))
        wanted.roles.forEach((role, at) => {
          const isNear =
            explanation.verdict !== 'matched' && (lacks[at] === true || !lacks.includes(true))
          checkRole(wanted, role, explanation.roles[at], isNear, fleet)
        })
        checkBlockers(wanted, explanation, fleet)
      }),
      { numRuns: propertyRuns(10_000) },
    )
    for (const verdict of ['matched', 'busy', 'unschedulable', 'impossible']) {
      expect(seen.get(verdict)).toBeGreaterThan(propertyRuns(50))
    }
  }, 240_000)

  test('of constraints and starving roles are those of trying all placements', () => {
    let [constrained, deficient] = [0, 0]
    fc.assert(
      fc.property(fc.oneof(anyRequest, anyDemanding), anyFleet, (wanted, fleet) => {
        const outcome = match(wanted, fleet, { tenant })
        const { explanation } = outcome
        if (explanation.verdict === 'search-exhausted') return
        const population = populationOf(explanation.verdict, fleet)
        constrained += explanation.constraints.length
        wanted.constraints.forEach((_, at) => {
          checkConstraint(wanted, at, explanation, population, fleet)
        })
        const smallest =
          explanation.verdict === 'matched' ? null : smallestDeficit(wanted, population)
        expect(explanation.deficient?.roles.length ?? null).toBe(smallest)
        if (explanation.deficient === null) return
        deficient += 1
        const { roles: names, ...numbers } = explanation.deficient
        const roles = wanted.roles.filter(({ name }) => names.includes(name))
        expect(numbers).toEqual(demandOf(wanted, roles, population))
      }),
      { numRuns: propertyRuns(5000) },
    )
    expect(constrained).toBeGreaterThan(propertyRuns(1000))
    expect(deficient).toBeGreaterThan(propertyRuns(200))
  }, 240_000)
})

describe('a remedy', () => {
  test('of a number or a spread is the least that helps, and of a clause the first that does', () => {
    let tried = 0
    fc.assert(
      fc.property(fc.oneof(anyDemanding, anyRequest), anyFleet, (wanted, fleet) => {
        const { kind, explanation } = match(wanted, fleet, { tenant })
        if (kind === 'matched') return
        const helps = (change: RequestChange) =>
          match(applyChanges(wanted, [change]), fleet, { tenant }).kind === 'matched'
        for (const { changes } of explanation.remedies) {
          const [change] = changes
          expect(match(applyChanges(wanted, changes), fleet, { tenant }).kind).toBe('matched')
          if (change === undefined || changes.length > 1) continue
          tried += 1
          const less = lessThan(change, wanted, explanation)
          if (less !== null) expect(helps(less), JSON.stringify([change, less])).toBe(false)
        }
        // What was not offered does not help: tries are many enough for these few machines.
        wanted.constraints.forEach((_, constraint) => {
          const isOffered = explanation.remedies.some(({ changes }) =>
            changes.some((one) => one.kind === 'constraint' && one.constraint === constraint),
          )
          const dropped = { kind: 'constraint', constraint, max: null } as const
          expect(isOffered).toBe(helps(dropped))
        })
      }),
      { numRuns: propertyRuns(5000) },
    )
    expect(tried).toBeGreaterThan(propertyRuns(300))
  }, 240_000)

  test('of a request with alternatives makes it match as it stands', () => {
    let seen = 0
    fc.assert(
      fc.property(anyWithAlternative, anyFleet, (wanted, fleet) => {
        const { kind, explanation } = match(wanted, fleet, { tenant })
        if (kind === 'matched') return
        expect(explanation.tried.map(({ verdict }) => verdict)).not.toContain('matched')
        for (const { changes } of explanation.remedies) {
          seen += 1
          const changed = match(applyChanges(wanted, changes), fleet, { tenant })
          expect(changed.kind).toBe('matched')
          expect(changed.explanation.tried.at(-1)?.choices[0] ?? 0).toBe(0)
        }
      }),
      { numRuns: propertyRuns(3000) },
    )
    expect(seen).toBeGreaterThan(propertyRuns(100))
  }, 240_000)
})

/** The next smaller change of the same kind; null: there is none. */
function lessThan(
  change: RequestChange,
  wanted: Request,
  explanation: Explanation,
): RequestChange | null {
  switch (change.kind) {
    case 'count': {
      const role = wanted.roles.find(({ name }) => name === change.role)
      return change.count + 1 < (role?.count.min ?? 0)
        ? { ...change, count: change.count + 1 }
        : null
    }
    case 'constraint': {
      const constraint = wanted.constraints[change.constraint]
      if (change.max === null || constraint?.kind !== 'spread') return null
      return change.max - 1 > constraint.max ? { ...change, max: change.max - 1 } : null
    }
    case 'clause': {
      const role = explanation.roles.find(({ name }) => name === change.role)
      const { relaxations = [] } = role?.clauses[change.clause] ?? {}
      const own = relaxations.findIndex(
        ({ match: relaxed }) => JSON.stringify(relaxed) === JSON.stringify(change.match),
      )
      expect(own).not.toBe(-1)
      const before = relaxations[own - 1]
      return before === undefined ? null : { ...change, match: before.match }
    }
    case 'machines':
    case 'attested':
      return null
  }
}

function freeFor(wanted: Request, role: Role, fleet: readonly Candidate[]): number {
  return fleet.filter(
    (machine) =>
      machine.availability.kind === 'free' && passesAll(answersOf(wanted, role, machine)),
  ).length
}

function checkReasons({ reasons }: Explanation, fleet: readonly Candidate[]): void {
  const told = fleet.flatMap(({ availability }) =>
    availability.kind === 'unschedulable' ? [availability.reason] : [],
  )
  const counted = [...Map.groupBy(told, (reason) => reason)]
    .map(([reason, all]) => ({ reason, count: all.length }))
    .toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
  expect(reasons).toEqual(counted)
}

function checkRole(
  wanted: Request,
  role: Role,
  explained: RoleExplanation | undefined,
  isNear: boolean,
  fleet: readonly Candidate[],
): void {
  const rows = fleet.map((machine) => ({ machine, answers: answersOf(wanted, role, machine) }))
  const those = (holds: (answers: (typeof rows)[number]['answers']) => boolean) =>
    rows.filter(({ answers }) => holds(answers)).map(({ machine }) => machine)
  expect(explained).toMatchObject({
    name: role.name,
    wanted: role.count.min,
    most: role.count.max,
    eligible: availabilityOf(those(passesAll)),
    unknown: isNear
      ? those((answers) => answers.includes('unknown') && !answers.includes('no')).length
      : null,
  })
  expect(explained?.clauses).toHaveLength(rows[0]?.answers.length ?? explained?.clauses.length ?? 0)
  explained?.clauses.forEach((clause, at) => {
    const alone = (truth: string) => those((answers) => answers[at] === truth).length
    expect(clause.alone).toEqual({ yes: alone('yes'), no: alone('no'), unknown: alone('unknown') })
    expect(clause.remaining).toBe(those((answers) => passesAll(answers.slice(0, at + 1))).length)
    const onlyThis = (truth: string) =>
      those((answers) => answers[at] === truth && passesAll(answers.toSpliced(at, 1)))
    expect(clause.failsOnlyThis).toBe(isNear ? onlyThis('no').length : null)
    expect(clause.unknownOnlyThis).toBe(isNear ? onlyThis('unknown').length : null)
    if (!isNear) expect(clause.relaxations).toEqual([])
    const outside = [...onlyThis('no'), ...onlyThis('unknown')]
    let before = 0
    for (const { match: relaxed, admits, machines } of clause.relaxations) {
      const expression = parseMatch(relaxed, 'match', { problems: new Problems(), clauses: 0 })
      const holds = compile(expression ?? { kind: 'or', of: [] })
      const admitted = outside.filter(({ attributes }) => holds(attributes) === 'yes')
      expect(admits).toEqual(availabilityOf(admitted))
      expect(machines).toEqual(
        admitted
          .map(({ id }) => id)
          .toSorted()
          .slice(0, 10),
      )
      expect(admits.total).toBeGreaterThan(before)
      before = admits.total
    }
    checkObserved(clause, conjuncts(role.match)[at], fleet)
  })
}

function checkObserved(
  { observed, alone }: RoleExplanation['clauses'][number],
  clause: ReturnType<typeof conjuncts>[number] | undefined,
  fleet: readonly Candidate[],
): void {
  if (alone.yes > 0) expect(observed).toEqual([])
  if (observed.length === 0 || clause === undefined || !('attribute' in clause)) return
  const values = fleet.flatMap(({ attributes }): readonly string[] => {
    const value = attributes.get(clause.attribute.name)
    if (value === undefined || value === null) return []
    if (typeof value !== 'object') return [String(value)]
    return value.kind === 'set' ? value.members : []
  })
  const counted = [...Map.groupBy(values, (value) => value)]
    .map(([value, all]) => ({ value, count: all.length }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
  expect(observed).toEqual(counted.slice(0, 8))
}

function checkBlockers(
  wanted: Request,
  { verdict, blockers }: Explanation,
  fleet: readonly Candidate[],
): void {
  const held = fleet.flatMap((machine) => {
    const { id, availability } = machine
    if (availability.kind !== 'held') return []
    const isWanted = wanted.roles.some((role) => passesAll(answersOf(wanted, role, machine)))
    return isWanted ? [{ machine: id, heldBy: availability.by, untilMs: availability.untilMs }] : []
  })
  const inOrder = held.toSorted(
    (a, b) => (a.untilMs ?? Infinity) - (b.untilMs ?? Infinity) || (a.machine < b.machine ? -1 : 1),
  )
  expect(blockers).toEqual(verdict === 'busy' ? inOrder : [])
}

function checkConstraint(
  wanted: Request,
  at: number,
  { verdict, constraints, chosen }: Explanation,
  population: readonly Candidate[],
  fleet: readonly Candidate[],
): void {
  const [constraint, explained] = [wanted.constraints[at], constraints[at]]
  if (constraint === undefined) return
  const roles = wanted.roles.filter(({ name }) => constraint.roles.includes(name))
  const eligible = population.filter((machine) =>
    roles.some((role) => passesAll(answersOf(wanted, role, machine))),
  )
  const standing = (which: string) =>
    eligible.filter((machine) => standingOf(constraint, machine) === which).length
  const total = roles.reduce((sum, { count }) => sum + count.min, 0)
  expect(explained).toMatchObject({
    unlabelled: standing('unlabelled'),
    unseen: standing('unseen'),
    wanted: total,
  })
  // Who holds a machine of the population has left it.
  const others = fleet.filter((machine) => !population.includes(machine))
  const surroundings = { fleet: others, tenant }
  const placeable =
    verdict === 'matched' ? total : mostPlaceable(wanted, constraint, population, surroundings)
  const name = JSON.stringify([constraint, explained])
  expect(explained?.placeable, name).toBe(placeable)
  const best = explained?.best ?? null
  if (constraint.kind === 'spread' || constraint.kind === 'unshared') expect(best).toBeNull()
  if (best === null || constraint.kind === 'same-per-rail') return
  expect(best, name).toMatchObject({ placeable, wanted: total })
  const levels = constraint.kind === 'max-distance' ? constraint.levels : [wantedLevel(constraint)]
  const inside = (machine: Candidate) =>
    levels.some((level) => machine.attributes.get(`label.${level}`) === best.domain)
  if (verdict === 'matched') {
    const own = chosen.filter(({ role }) => constraint.roles.includes(role))
    for (const { machine } of own) {
      expect(
        fleet.some((one) => one.id === machine && inside(one)),
        name,
      ).toBe(true)
    }
    return
  }
  const there = population.filter(inside)
  expect(mostPlaceable(wanted, constraint, there, surroundings), name).toBe(placeable)
}

function wantedLevel(constraint: Request['constraints'][number]): string {
  return constraint.kind === 'max-distance' ? '' : constraint.level
}
