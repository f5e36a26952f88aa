import { findAttribute, nearestAttribute } from '../protocol/attributes.ts'
import { AppError } from '../protocol/errors.ts'

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

const form = "a role such as 'node=2,cpu.cores>=4,memory.size>=8Gi'"

/** One role of a request. */
export interface RoleInput {
  readonly name: string
  readonly count: number
  readonly match: Readonly<Record<string, unknown>>
}

/**
 * `[NAME=]COUNT[,EXPRESSION...]`, the expressions as `machines --where` takes them, as the role of a
 * request. Throws `bad-request` for what is none.
 */
export function parseRole(text: string): RoleInput {
  const [head = '', ...expressions] = text.split(',')
  const parts = /^\s*(?:([a-z][a-z0-9-]{0,62})\s*=\s*)?(\d{1,6})\s*$/.exec(head)
  if (parts === null) throw new AppError('bad-request', `'${text}' is not ${form}`)
  const [, name = 'node', count = ''] = parts
  const match = new Map<string, Record<string, unknown>>()
  for (const expression of expressions) {
    const [attribute, condition] = parseExpression(expression)
    match.set(attribute, { ...match.get(attribute), ...condition })
  }
  return { name, count: Number(count), match: Object.fromEntries(match) }
}

function parseExpression(text: string): readonly [string, Record<string, unknown>] {
  const parts = /^\s*([A-Za-z][\w.-]*)\s*(?:(>=|<=|!=|==|=|>|<|~)\s*(.*\S))?\s*$/.exec(text)
  if (parts === null) throw new AppError('bad-request', `'${text}' is no expression of ${form}`)
  const [, name = '', sign, operand = ''] = parts
  const info = findAttribute(name)
  if (info === null) {
    const near = nearestAttribute(name)
    const advice = near === null ? "'assay attributes' lists all" : `did you mean '${near}'`
    throw new AppError('bad-request', `there is no attribute '${name}': ${advice}`)
  }
  const operator = Object.entries(operators).find(([key]) => key === sign)?.[1]
  if (operator === undefined) return [name, { exists: true }]
  if (operator === 'glob') return [name, { glob: operand }]
  if (info.type === 'set' && operator === 'eq') return [name, { has: operand }]
  if (info.type === 'bool' && /^(true|false)$/.test(operand)) {
    return [name, { [operator]: operand === 'true' }]
  }
  const isNumber = (info.type === 'int' || info.type === 'list') && /^\d{1,15}$/.test(operand)
  return [name, { [operator]: isNumber ? Number(operand) : operand }]
}
