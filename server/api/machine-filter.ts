import type { AttributeInfo } from '../../protocol/attributes/definition.ts'
import type { AttributeValue, AttributeValues } from '../../protocol/attributes/definition.ts'
import { findAttribute } from '../../protocol/attributes.ts'
import { AppError } from '../../protocol/errors.ts'
import { parseQuantity } from '../../protocol/quantity.ts'
import { parseConditionText } from '../../protocol/request/condition-text.ts'
import { allOf } from '../../protocol/request/expression.ts'
import type { Expression } from '../../protocol/request/expression.ts'
import { parseMatch } from '../../protocol/request/parse-match.ts'
import { Problems } from '../../protocol/request/problems.ts'
import { compile } from '../matching/evaluate.ts'

/** Attributes as the API shows them: see `presentAttributes`. */
type PresentedAttributes = Readonly<Record<string, unknown>>

/**
 * A machine passes when every expression holds; one that asks for what nobody reported does not
 * hold. Throws `unprocessable` for an expression that is none, with the nearest name.
 */
export function machineFilter(
  expressions: readonly string[],
): (attributes: PresentedAttributes) => boolean {
  if (expressions.length === 0) return () => true
  const problems = new Problems()
  const parsed = expressions.map((text, at) => parseWhere(text, `where[${at}]`, problems))
  if (!problems.empty) throw problems.refusal()
  const holds = compile(allOf(parsed.filter((expression) => expression !== null)))
  return (attributes) => holds(attributeValues(attributes)) === 'yes'
}

function parseWhere(text: string, path: string, problems: Problems): Expression | null {
  const parsed = parseConditionText(text)
  if (parsed === null) {
    problems.add(path, `'${text.slice(0, 60)}' is no expression such as cpu.cores>=4`)
    return null
  }
  return parseMatch({ [parsed.name]: parsed.condition }, path, { problems, clauses: 0 })
}

/** The values behind what the API shows, exact: quantities are shown with nothing lost. */
function attributeValues(presented: PresentedAttributes): AttributeValues {
  const values = new Map<string, AttributeValue | null>()
  for (const [name, value] of Object.entries(presented)) {
    const info = findAttribute(name)
    if (info !== null) values.set(name, attributeValue(info, value))
  }
  return values
}

function attributeValue(info: AttributeInfo, value: unknown): AttributeValue | null {
  if (value === null) return null
  if (info.type === 'bool' && typeof value === 'boolean') return value
  if (info.type === 'int' && typeof value === 'number') return BigInt(value)
  if (info.type === 'quantity' && typeof value === 'string' && info.unit !== null) {
    return parseQuantity(value, info.unit)
  }
  if (info.type === 'set' && Array.isArray(value)) {
    return { kind: 'set', members: value.map(String) }
  }
  if (info.type === 'list' && Array.isArray(value)) {
    return { kind: 'list', devices: value.map((device) => deviceValues(info, device)) }
  }
  if (typeof value === 'string') return value
  throw new AppError('unprocessable', `attribute '${info.name}' cannot be filtered by`)
}

function deviceValues(info: AttributeInfo, device: unknown): AttributeValues {
  const values = new Map<string, AttributeValue | null>()
  if (typeof device !== 'object' || device === null) return values
  const held = new Map<string, unknown>(Object.entries(device))
  for (const field of info.fields) {
    const value = held.get(field.name)
    if (value !== undefined) values.set(field.name, attributeValue(field, value))
  }
  return values
}
