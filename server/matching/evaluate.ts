import type { AttributeValue, AttributeValues } from '../../protocol/attributes/definition.ts'
import {
  compareVersions,
  parseVersion,
  parseVersionRange,
  versionInRange,
} from '../../protocol/attributes/version.ts'
import type { Comparison, Expression, Leaf, Scalar } from '../../protocol/request/expression.ts'
import { globMatches } from './glob.ts'

/** `unknown`: the answer depends on a fact that nobody reported. It never matches. */
export type Truth = 'yes' | 'no' | 'unknown'

/** A condition ready to be asked of many machines. */
export type Predicate = (values: AttributeValues) => Truth

/**
 * Compiles a condition. Kleene's three-valued logic; a machine known to have no such thing answers
 * no to every condition on its value, so `ne` and `notIn` answer yes.
 */
export function compile(expression: Expression): Predicate {
  if (expression.kind === 'and') return conjunction(expression.of.map(compile))
  if (expression.kind === 'or') return disjunction(expression.of.map(compile))
  if (expression.kind === 'not') {
    const of = compile(expression.of)
    return (values) => negate(of(values))
  }
  return compileLeaf(expression)
}

/** How many devices of a list meet a condition: at least `lowest`, at most `highest`; null: unknown. */
export function countDevices(
  value: AttributeValue | null | undefined,
  where: Predicate | null,
): { readonly lowest: number; readonly highest: number } | null {
  if (value === undefined) return null
  if (value === null) return { lowest: 0, highest: 0 }
  if (typeof value !== 'object' || value.kind !== 'list') return null
  if (where === null) return { lowest: value.devices.length, highest: value.devices.length }
  const answers = value.devices.map(where)
  const lowest = answers.filter((answer) => answer === 'yes').length
  const open = answers.filter((answer) => answer === 'unknown').length
  return { lowest, highest: lowest + open }
}

function compileLeaf(leaf: Leaf): Predicate {
  const { name } = leaf.attribute
  if (leaf.kind === 'exists') {
    return (values) => {
      const value = valueOf(values, name)
      return value === undefined ? 'unknown' : truth((value !== null) === leaf.wanted)
    }
  }
  if (leaf.kind === 'some' || leaf.kind === 'every') {
    const where = compile(leaf.where)
    const join = leaf.kind === 'some' ? some : every
    return onValue(name, (value) =>
      typeof value === 'object' && value.kind === 'list' ? join(value.devices.map(where)) : 'no',
    )
  }
  if (leaf.kind === 'count') return compileCount(leaf)
  const test = valueTest(leaf)
  const asked = onValue(name, (value) => {
    if (typeof value !== 'object') return test(value)
    return value.kind === 'set' ? some(value.members.map(test)) : 'no'
  })
  const negated = leaf.kind === 'notIn' || (leaf.kind === 'compare' && leaf.operator === 'ne')
  return negated ? (values) => negate(asked(values)) : asked
}

type ValueLeaf = Exclude<Leaf, { kind: 'exists' | 'some' | 'every' | 'count' }>

/** The test of one value; of `ne` and `notIn` the test of their opposite. */
function valueTest(leaf: ValueLeaf): (value: Scalar) => Truth {
  if (leaf.kind === 'has') return (value) => truth(value === leaf.value)
  if (leaf.kind === 'glob') {
    return (value) => truth(typeof value === 'string' && globMatches(leaf.pattern, value))
  }
  if (leaf.kind === 'semver') {
    const range = parseVersionRange(leaf.range)
    return onVersion((version) => versionInRange(version, range))
  }
  if (leaf.kind === 'in' || leaf.kind === 'notIn') {
    const wanted = new Set(leaf.values)
    return (value) => truth(wanted.has(value))
  }
  const { operator, value: wanted } = leaf
  if (operator === 'eq' || operator === 'ne') return (value) => truth(value === wanted)
  const holds = orders[operator]
  const bound = typeof wanted === 'string' ? parseVersion(wanted) : null
  if (bound !== null) return onVersion((version) => holds(compareVersions(version, bound)))
  return (value) => {
    if (typeof value !== 'bigint' || typeof wanted !== 'bigint') return 'no'
    return truth(holds(value < wanted ? -1 : Number(value > wanted)))
  }
}

/** Text without a number in it has no place in an order of versions. */
function onVersion(holds: (version: readonly bigint[]) => boolean): (value: Scalar) => Truth {
  return (value) => {
    const version = typeof value === 'string' ? parseVersion(value) : null
    return version === null ? 'unknown' : truth(holds(version))
  }
}

const orders: Readonly<Record<Comparison, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
}

/** Yes or no only where every possible count gives the same answer. */
function compileCount(leaf: Extract<Leaf, { kind: 'count' }>): Predicate {
  const where = leaf.where === null ? null : compile(leaf.where)
  const holds = orders[leaf.operator]
  const wanted = Number(leaf.value)
  return (values) => {
    const counted = countDevices(valueOf(values, leaf.attribute.name), where)
    if (counted === null) return 'unknown'
    let answer: Truth | null = null
    for (let count = counted.lowest; count <= counted.highest; count += 1) {
      const now = truth(holds(count - wanted))
      if (answer !== null && now !== answer) return 'unknown'
      answer = now
    }
    return answer ?? 'unknown'
  }
}

/** Labels are the operators' own: one that is not there is known to be absent. */
function valueOf(values: AttributeValues, name: string): AttributeValue | null | undefined {
  const value = values.get(name)
  return value === undefined && name.startsWith('label.') ? null : value
}

function onValue(name: string, test: (value: AttributeValue) => Truth): Predicate {
  return (values) => {
    const value = valueOf(values, name)
    if (value === undefined) return 'unknown'
    return value === null ? 'no' : test(value)
  }
}

function conjunction(predicates: readonly Predicate[]): Predicate {
  return (values) => all(predicates.map((predicate) => predicate(values)))
}

function disjunction(predicates: readonly Predicate[]): Predicate {
  return (values) => some(predicates.map((predicate) => predicate(values)))
}

function all(answers: readonly Truth[]): Truth {
  if (answers.includes('no')) return 'no'
  return answers.includes('unknown') ? 'unknown' : 'yes'
}

function some(answers: readonly Truth[]): Truth {
  if (answers.includes('yes')) return 'yes'
  return answers.includes('unknown') ? 'unknown' : 'no'
}

/** Of no device at all, "every device" is not what anybody wants to hear. */
function every(answers: readonly Truth[]): Truth {
  return answers.length === 0 ? 'no' : all(answers)
}

function negate(answer: Truth): Truth {
  if (answer === 'unknown') return 'unknown'
  return answer === 'yes' ? 'no' : 'yes'
}

function truth(holds: boolean): Truth {
  return holds ? 'yes' : 'no'
}
