import { z } from 'zod'
import type { AttributeInfo } from '../attributes/definition.ts'
import { attributes } from '../attributes.ts'
import type { Json } from '../canonical.ts'
import { isUnit, quantityPattern, units } from '../quantity.ts'
import { isOrderable } from './hardware.ts'
import { requestLimits } from './limits.ts'
import { profileInputSchema, requestInputSchema } from './schema.ts'

/** A JSON Schema (draft 2020-12). */
export type JsonSchema = { readonly [key: string]: Json }

/**
 * The request language for editors and other programs: every attribute by name with the operators its
 * type has. What needs understanding (contradictions, units, references) is checked by the server.
 */
export function requestJsonSchema(): JsonSchema {
  return publish(requestInputSchema, 'Request for machines')
}

/** The same for profiles. */
export function profileJsonSchema(): JsonSchema {
  return publish(profileInputSchema, 'Profile of machines')
}

function publish(schema: z.ZodType, title: string): JsonSchema {
  const { $schema, ...rest } = jsonObject.parse(
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
  )
  return {
    $schema: $schema ?? '',
    title,
    ...rest,
    $defs: { ...jsonObject.parse(rest['$defs'] ?? {}), ...definitions() },
  }
}

const jsonObject = z.record(z.string(), z.json())

/** The definition `match`, which the form of a request leaves open, and what it refers to. */
function definitions(): JsonSchema {
  const lists = attributes.filter((info) => info.type === 'list')
  const cel = { type: 'string', minLength: 1, maxLength: requestLimits.celLength }
  return {
    match: { anyOf: [ref('conditions'), cel] },
    preferable: { enum: attributes.filter(isOrderable).map(({ name }) => name) },
    conditions: conditionsOf(attributes, 'conditions', {
      '^label\\.[a-z][a-z0-9-]{0,62}$': ref('string'),
    }),
    ...Object.fromEntries(
      lists.flatMap((list) => [
        [devicesName(list), conditionsOf(list.fields, devicesName(list), {})],
        [listName(list), listCondition(list)],
      ]),
    ),
    ...scalarConditions,
    ...Object.fromEntries(
      Object.entries(units).map(([unit, { noun, example }]) => [
        `quantity ${unit}`,
        amountCondition({
          anyOf: [
            { type: 'string', ...(isUnit(unit) ? { pattern: quantityPattern(unit) } : {}) },
            { type: 'number', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
          ],
          description: `A number of ${noun}`,
          examples: [example],
        }),
      ]),
    ),
  }
}

function conditionsOf(
  infos: readonly AttributeInfo[],
  self: string,
  patternProperties: JsonSchema,
): JsonSchema {
  const groups = { type: 'array', items: ref(self) }
  return {
    type: 'object',
    properties: {
      and: groups,
      or: { ...groups, minItems: 1 },
      not: ref(self),
      cel: { type: 'string', minLength: 1, maxLength: requestLimits.celLength },
      ...Object.fromEntries(
        infos.map((info) => [
          info.name,
          { ...ref(conditionName(info)), description: info.description },
        ]),
      ),
    },
    patternProperties,
    additionalProperties: false,
  }
}

function conditionName(info: AttributeInfo): string {
  if (info.type === 'quantity') return `quantity ${info.unit ?? ''}`
  return info.type === 'list' ? listName(info) : info.type
}

const listName = ({ name }: AttributeInfo) => `list ${name}`
const devicesName = ({ name }: AttributeInfo) => `devices ${name}`

function listCondition(list: AttributeInfo): JsonSchema {
  const where = ref(devicesName(list))
  const whole = { type: 'integer', minimum: 0 }
  const orders = Object.fromEntries(
    ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'].map((operator) => [operator, whole]),
  )
  const each = {
    anyOf: [where, object({ where })],
  }
  return object({
    some: each,
    every: each,
    count: { anyOf: [whole, object({ ...orders, where })] },
    exists: { type: 'boolean' },
  })
}

const text = { type: 'string', minLength: 1, maxLength: requestLimits.textLength }
const texts = listOf(text)
const exists = { type: 'boolean' }

const names = { in: texts, notIn: texts, exists }

const scalarConditions: JsonSchema = {
  bool: either({ type: 'boolean' }, { eq: { type: 'boolean' }, ne: { type: 'boolean' }, exists }),
  int: amountCondition({ type: 'integer', minimum: 0 }),
  string: either(text, { eq: text, ne: text, glob: text, ...names }, texts),
  version: either(
    text,
    {
      ...Object.fromEntries(['eq', 'ne', 'lt', 'lte', 'gt', 'gte'].map((name) => [name, text])),
      glob: text,
      semver: text,
      ...names,
    },
    texts,
  ),
  set: either(text, { has: { anyOf: [text, texts] }, glob: text, ...names }, texts),
}

/** Whole numbers and quantities. */
function amountCondition(amount: JsonSchema): JsonSchema {
  const orders = Object.fromEntries(
    ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'].map((operator) => [operator, amount]),
  )
  const list = listOf(amount)
  return either(
    amount,
    {
      ...orders,
      in: list,
      notIn: list,
      between: { type: 'array', items: amount, minItems: 2, maxItems: 2 },
      tolerance: { anyOf: [{ type: 'string' }, { type: 'number', minimum: 0, maximum: 0.5 }] },
      exists,
    },
    list,
  )
}

/** A bare value, a list of values where the type takes one, or operators. */
function either(value: JsonSchema, operators: JsonSchema, list?: JsonSchema): JsonSchema {
  return { anyOf: [value, ...(list === undefined ? [] : [list]), object(operators)] }
}

function object(properties: JsonSchema): JsonSchema {
  return { type: 'object', properties, additionalProperties: false, minProperties: 1 }
}

function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items, minItems: 1, maxItems: requestLimits.listLength }
}

function ref(name: string): JsonSchema {
  return { $ref: `#/$defs/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}` }
}
