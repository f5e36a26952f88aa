import { findAttribute, nearestAttribute } from '../protocol/attributes.ts'
import { AppError } from '../protocol/errors.ts'
import { parseConditionText } from '../protocol/request/condition-text.ts'

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

function parseExpression(text: string): readonly [string, Readonly<Record<string, unknown>>] {
  const parsed = parseConditionText(text)
  if (parsed === null) throw new AppError('bad-request', `'${text}' is no expression of ${form}`)
  const { name, condition } = parsed
  if (findAttribute(name) === null) {
    const near = nearestAttribute(name)
    const advice = near === null ? "'assay attributes' lists all" : `did you mean '${near}'`
    throw new AppError('bad-request', `there is no attribute '${name}': ${advice}`)
  }
  return [name, condition]
}
