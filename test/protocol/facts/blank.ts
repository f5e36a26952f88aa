import { z } from 'zod'
import type { FactClass } from '../../../protocol/facts/classes.ts'
import { factSchemas } from '../../../protocol/facts/inventory.ts'

/**
 * Facts of a class that say nothing: null where there may be null, empty lists, zeros. Made machines
 * are spread over them, so that a new field is no change of every one.
 */
export function blankFacts(name: FactClass): Readonly<Record<string, unknown>> {
  return blankFields(factSchemas[name])
}

/** The same of the objects in a list of the class: `blankItem(pciFacts.shape.functions)`. */
export function blankItem(list: z.ZodArray): Readonly<Record<string, unknown>> {
  return blankFields(list.element)
}

function blankFields(schema: z.core.$ZodType): Readonly<Record<string, unknown>> {
  if (!(schema instanceof z.ZodObject)) throw new TypeError('want the schema of an object')
  return Object.fromEntries(
    Object.entries(schema.shape).map(([name, field]) => [name, blank(field)]),
  )
}

function blank(schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodNullable) return null
  if (schema instanceof z.ZodObject) return blankFields(schema)
  if (schema instanceof z.ZodArray) return []
  if (schema instanceof z.ZodRecord) return {}
  if (schema instanceof z.ZodBoolean) return false
  if (schema instanceof z.ZodNumber) return 0
  if (schema instanceof z.ZodString) return 'blank'
  if (schema instanceof z.ZodEnum) return schema.options[0]
  if (schema instanceof z.ZodLiteral) return schema.value
  if (schema instanceof z.ZodUnion) {
    const [first] = schema.options
    return first === undefined ? null : blank(first)
  }
  throw new TypeError(`no blank for a ${schema.constructor.name}`)
}
