import type { AttributeInfo } from '../attributes/definition.ts'
import { findAttribute } from '../attributes.ts'

/** A condition on one attribute, as the `match` of a role takes it. */
export interface AttributeCondition {
  readonly name: string
  readonly condition: Readonly<Record<string, unknown>>
}

const operators = {
  '>=': 'gte',
  '<=': 'lte',
  '!=': 'ne',
  '==': 'eq',
  '=': 'eq',
  '>': 'gt',
  '<': 'lt',
  '~': 'glob',
} as const

const pattern = /^\s*([A-Za-z][\w.-]*)\s*(?:(>=|<=|!=|==|=|>|<|~)\s*(.*\S))?\s*$/

/**
 * One condition on a line: `cpu.cores>=4`, `gpu.model~*H100*`, `bench.memory.triad` (is known and
 * there), `disks.serial=S64G` (some disk has it). Null for text of another form; whether the attribute exists is for the caller to say.
 */
export function parseConditionText(text: string): AttributeCondition | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const [, name = '', sign, operand = ''] = match
  const operator = Object.entries(operators).find(([key]) => key === sign)?.[1]
  const field = deviceField(name)
  if (field === null)
    return { name, condition: conditionOn(findAttribute(name), operator, operand) }
  const condition = conditionOn(field.info, operator, operand)
  return { name: field.list, condition: { some: { [field.info.name]: condition } } }
}

/** `disks.serial` is an attribute of each device of the list `disks`; null for all other names. */
function deviceField(name: string) {
  const at = name.lastIndexOf('.')
  if (at < 0 || findAttribute(name) !== null) return null
  const list = name.slice(0, at)
  const info = findAttribute(list)?.fields.find((field) => field.name === name.slice(at + 1))
  return info === undefined ? null : { list, info }
}

function conditionOn(
  info: AttributeInfo | null,
  operator: (typeof operators)[keyof typeof operators] | undefined,
  operand: string,
): Readonly<Record<string, unknown>> {
  if (operator === undefined) return { exists: true }
  // A set is asked for a member; everything else for its value.
  const wanted = operator === 'eq' && info?.type === 'set' ? 'has' : operator
  return { [wanted]: operandOf(info?.type, operator, operand) }
}

/** A line holds text only; the attribute's type says what was meant. */
function operandOf(
  type: AttributeInfo['type'] | undefined,
  operator: string,
  text: string,
): unknown {
  if (operator === 'glob') return text
  if (type === 'bool' && (text === 'true' || text === 'false')) return text === 'true'
  if ((type === 'int' || type === 'list') && /^\d{1,15}$/.test(text)) return Number(text)
  return text
}
