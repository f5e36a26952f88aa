import type { AttributeInfo } from '../../attributes/definition.ts'
import { findAttribute, nearestAttribute } from '../../attributes.ts'
import type { Json } from '../../canonical.ts'
import { DecodeError } from '../../errors.ts'
import type { MatchJson } from '../expression.ts'
import { requestLimits } from '../limits.ts'
import { constantOf } from './constant.ts'
import { parseCel } from './parse.ts'
import { type CelNode, type CelOperator, celText } from './syntax.ts'

/**
 * A CEL expression as the condition it stands for, in the written form of a request: names and types
 * are checked where that is read. Nothing of CEL is evaluated on a machine. `fields`: the names that
 * there are; null: those of the registry.
 *
 * A fact that is not known makes a condition unknown, where CEL would fail.
 * @throws {DecodeError} when it is no CEL, too large, or has no such condition
 */
export function lowerCel(source: string, fields: readonly AttributeInfo[] | null): MatchJson {
  return lower(parseCel(source), { fields, subject: null, macros: 0 })
}

/** What names stand for: the machine's attributes, the fields of a device, or the member of a set. */
interface Scope {
  readonly fields: readonly AttributeInfo[] | null
  readonly subject: Subject | null
  readonly macros: number
}

interface Subject {
  readonly variable: string
  readonly kind: 'device' | 'member'
  /** The set whose member it is, or the list whose device. */
  readonly info: AttributeInfo
}

const comparisons = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
} as const
type Comparison = keyof typeof comparisons
const mirrored = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

function lower(node: CelNode, scope: Scope): MatchJson {
  switch (node.kind) {
    case 'literal':
      if (node.value === true) return {}
      if (node.value === false) return { not: {} }
      throw refused(node, 'is no condition')
    case 'unary':
      if (node.operator === '!') return { not: lower(node.of, scope) }
      throw refused(node, 'is no condition')
    case 'binary':
      return lowerBinary(node, scope)
    case 'choice': {
      const when = lower(node.when, scope)
      return {
        or: [
          { and: [when, lower(node.chosen, scope)] },
          { and: [{ not: when }, lower(node.otherwise, scope)] },
        ],
      }
    }
    case 'call':
      return lowerCall(node, scope)
    case 'name':
    case 'select':
    case 'index':
      return { [nameOf(node, scope)]: { eq: true } }
    case 'list':
      throw refused(node, 'is no condition')
  }
}

type BinaryNode = Extract<CelNode, { kind: 'binary' }>

function lowerBinary(node: BinaryNode, scope: Scope): MatchJson {
  const { operator, left, right } = node
  if (operator === '&&') return { and: [lower(left, scope), lower(right, scope)] }
  if (operator === '||') return { or: [lower(left, scope), lower(right, scope)] }
  if (operator === 'in') return lowerIn(node, scope)
  if (!isComparison(operator)) throw refused(node, 'is no condition')
  const constant = constantOf(right)
  if (constant !== undefined) return lowerComparison(left, operator, constant, scope)
  const other = constantOf(left)
  if (other !== undefined) return lowerComparison(right, mirrored[operator], other, scope)
  const unfolded = [left, right].find((side) => isArithmetic(side))
  if (unfolded !== undefined) {
    throw refused(unfolded, 'is no value; arithmetic is between whole numbers that are written')
  }
  throw refused(node, 'compares two attributes; one side must be a value')
}

function isArithmetic(node: CelNode): boolean {
  return node.kind === 'unary' || (node.kind === 'binary' && arithmetic.has(node.operator))
}

const arithmetic: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%'])

function isComparison(operator: CelOperator): operator is Comparison {
  return Object.hasOwn(comparisons, operator)
}

function lowerComparison(
  subject: CelNode,
  operator: Comparison,
  value: Json,
  scope: Scope,
): MatchJson {
  const counted = countedList(subject, scope)
  if (counted !== null) {
    return { [counted.name]: { count: { [comparisons[operator]]: value, ...counted.where } } }
  }
  const name = nameOf(subject, scope)
  // That some member of a set is this is what sets are asked for.
  if (scope.subject?.kind === 'member' && operator === '==') return { [name]: { has: value } }
  if (value === null) {
    if (operator === '==') return { [name]: { exists: false } }
    if (operator === '!=') return { [name]: { exists: true } }
    throw refused(subject, 'has no order with null')
  }
  return { [name]: { [comparisons[operator]]: value } }
}

/** `"x" in gpu.model` asks a set, `cpu.vendor in ["a", "b"]` a list of values. */
function lowerIn(node: BinaryNode, scope: Scope): MatchJson {
  const value = constantOf(node.left)
  if (value !== undefined && node.right.kind !== 'list') {
    const name = nameOf(node.right, scope)
    return { [name]: typeof value === 'string' ? { has: value } : { in: [value] } }
  }
  if (node.right.kind !== 'list')
    throw refused(node, 'wants a list of values, or a value and a set')
  const values = node.right.items.map((item) => {
    const constant = constantOf(item)
    if (constant === undefined) throw refused(item, 'is no value')
    return constant
  })
  // Nothing is in an empty list.
  if (values.length === 0) return { not: {} }
  return { [nameOf(node.left, scope)]: { in: values } }
}

type CallNode = Extract<CelNode, { kind: 'call' }>

function lowerCall(node: CallNode, scope: Scope): MatchJson {
  const { name, on, args } = node
  const [first] = args
  if (on === null) {
    if (name !== 'has' || first === undefined || args.length > 1) {
      throw refused(node, 'is no condition; functions are has, size, quantity and semver')
    }
    return { [nameOf(first, scope)]: { exists: true } }
  }
  if (name === 'exists' || name === 'exists_one' || name === 'all') {
    return lowerMacro(node, on, name, scope)
  }
  const value = first === undefined || args.length > 1 ? undefined : constantOf(first)
  if (value === undefined) throw refused(node, 'wants one value')
  const subject = nameOf(on, scope)
  if (name === 'isGreaterThan') return { [subject]: { gt: value } }
  if (name === 'isLessThan') return { [subject]: { lt: value } }
  if (name === 'glob') return { [subject]: { glob: value } }
  if (name === 'matches') {
    throw refused(node, 'is a regular expression; write glob("*H100*"), contains or startsWith')
  }
  const wrap = Object.hasOwn(patterns, name) ? patterns[name] : undefined
  if (wrap === undefined || typeof value !== 'string') throw refused(node, 'is not understood')
  if (/[*?]/.test(value))
    throw refused(node, `holds '*' or '?', which patterns keep for themselves`)
  return { [subject]: { glob: wrap(value) } }
}

const patterns: Readonly<Record<string, (text: string) => string>> = {
  contains: (text) => `*${text}*`,
  startsWith: (text) => `${text}*`,
  endsWith: (text) => `*${text}`,
}

function lowerMacro(
  node: CallNode,
  on: CelNode,
  macro: 'exists' | 'exists_one' | 'all',
  scope: Scope,
): MatchJson {
  const { name, info, where } = macroParts(node, on, scope)
  if (info.type === 'set') {
    if (macro === 'exists') return where
    throw refused(node, `asks for ${macro} of a set; write exists`)
  }
  if (macro === 'exists') return { [name]: { some: { where } } }
  if (macro === 'exists_one') return { [name]: { count: { eq: 1, where } } }
  // In CEL all of none hold.
  return { or: [{ [name]: { count: { eq: 0 } } }, { [name]: { every: { where } } }] }
}

/** `disks.exists(d, d.size > 3)`: what is asked, and the condition on each of it. */
function macroParts(node: CallNode, on: CelNode, scope: Scope) {
  const [variable, condition] = node.args
  if (variable?.kind !== 'name' || condition === undefined || node.args.length !== 2) {
    throw refused(node, 'wants a variable and a condition')
  }
  if (scope.macros >= requestLimits.celMacros) {
    throw refused(node, `is more than ${requestLimits.celMacros} macros inside each other`)
  }
  const name = nameOf(on, scope)
  const info = infoOf(name, scope)
  if (info?.type !== 'set' && info?.type !== 'list') {
    throw refused(on, 'is no list of devices and no set')
  }
  const kind: Subject['kind'] = info.type === 'set' ? 'member' : 'device'
  const subject = { variable: variable.name, kind, info }
  const inner = { ...scope, subject, macros: scope.macros + 1 }
  if (kind === 'member' && !isOneMember(condition)) {
    throw refused(condition, 'asks several things of one member; ask one, or join them by ||')
  }
  return { name, info, where: lower(condition, inner) }
}

/** Whether a condition on a member of a set holds of the set when it holds of any member. */
function isOneMember(node: CelNode): boolean {
  if (node.kind === 'binary') {
    if (node.operator === '||') return isOneMember(node.left) && isOneMember(node.right)
    return node.operator !== '&&' && node.operator !== '!='
  }
  return node.kind === 'call'
}

/** `size(disks)`, `disks.size()`, `disks.filter(d, ...).size()`; null for anything else. */
function countedList(
  node: CelNode,
  scope: Scope,
): { readonly name: string; readonly where: MatchJson } | null {
  if (node.kind !== 'call' || node.name !== 'size') return null
  const [of] = node.on === null ? node.args : [node.on]
  if (of === undefined) throw refused(node, 'wants a list')
  if (of.kind !== 'call') {
    const name = nameOf(of, scope)
    if (infoOf(name, scope)?.type !== 'list') throw refused(of, 'is no list of devices')
    return { name, where: {} }
  }
  if (of.name !== 'filter' || of.on === null) throw refused(of, 'is no list of devices')
  const { name, info, where } = macroParts(of, of.on, scope)
  if (info.type !== 'list') throw refused(of, 'is no list of devices')
  return { name, where: { where } }
}

/** `cpu.cores`, `machine.cpu.cores`, `label["rack"]`; inside a macro `d.size`. */
function nameOf(node: CelNode, { subject, fields }: Scope): string {
  const steps = stepsOf(node)
  if (subject !== null) {
    if (steps[0] !== subject.variable) {
      throw refused(node, `is not about '${subject.variable}'; write it outside of the macro`)
    }
    if (subject.kind === 'device' && steps.length > 1) {
      return known(steps.slice(1).join('.'), node, subject.info.fields)
    }
    if (subject.kind === 'member' && steps.length === 1) return subject.info.name
    throw refused(
      node,
      subject.kind === 'device' ? 'is a whole device' : 'is a text without fields',
    )
  }
  const name = (steps[0] === 'machine' && steps.length > 1 ? steps.slice(1) : steps).join('.')
  return known(name, node, fields)
}

/** A name that there is; `fields` null: at the machine. */
function known(name: string, node: CelNode, fields: readonly AttributeInfo[] | null): string {
  const isKnown =
    fields === null ? findAttribute(name) !== null : fields.some((field) => field.name === name)
  if (isKnown) return name
  const near = nearestAttribute(name, fields ?? undefined)
  const hint = near === null ? '' : `; did you mean '${near}'`
  const where = `at character ${node.at + 1}`
  throw new DecodeError(`CEL: there is no attribute '${name.slice(0, 64)}' ${where}${hint}`)
}

function stepsOf(node: CelNode): readonly string[] {
  if (node.kind === 'name') return [node.name]
  if (node.kind === 'select') return [...stepsOf(node.of), node.field]
  const key = node.kind === 'index' ? constantOf(node.key) : undefined
  if (node.kind === 'index' && typeof key === 'string') return [...stepsOf(node.of), key]
  throw refused(node, 'is no attribute')
}

function infoOf(name: string, { subject, fields }: Scope): AttributeInfo | null {
  if (subject === null) {
    return fields === null ? findAttribute(name) : (fields.find((one) => one.name === name) ?? null)
  }
  return subject.info.fields.find((field) => field.name === name) ?? null
}

function refused(node: CelNode, problem: string): DecodeError {
  const where = `at character ${node.at + 1}`
  return new DecodeError(`CEL: '${celText(node).slice(0, 80)}' ${where} ${problem}`)
}
