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
 * there). Null for text of another form; whether the attribute exists is for the caller to say.
 */
export function parseConditionText(text: string): AttributeCondition | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const [, name = '', sign, operand = ''] = match
  const operator = Object.entries(operators).find(([key]) => key === sign)?.[1]
  if (operator === undefined) return { name, condition: { exists: true } }
  return { name, condition: { [setOperator(name, operator)]: operandOf(name, operator, operand) } }
}

/** A set is asked for a member; everything else for its value. */
function setOperator(name: string, operator: string): string {
  return operator === 'eq' && findAttribute(name)?.type === 'set' ? 'has' : operator
}

/** A line holds text only; the attribute's type says what was meant. */
function operandOf(name: string, operator: string, text: string): unknown {
  const type = findAttribute(name)?.type
  if (operator === 'glob') return text
  if (type === 'bool' && (text === 'true' || text === 'false')) return text === 'true'
  if ((type === 'int' || type === 'list') && /^\d{1,15}$/.test(text)) return Number(text)
  return text
}
