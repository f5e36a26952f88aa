import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { attributes } from '../../../protocol/attributes.ts'
import {
  type JsonSchema,
  profileJsonSchema,
  requestJsonSchema,
} from '../../../protocol/request/json-schema.ts'
import { operatorsOf } from '../../../protocol/request/parse-match.ts'

const record = z.record(z.string(), z.unknown())
const at = (schema: JsonSchema, ...path: readonly string[]): unknown =>
  path.reduce((value: unknown, step) => record.parse(value)[step], schema)

/** Every reference in a document. */
function references(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(references)
  const object = record.safeParse(value)
  if (!object.success) return []
  return Object.entries(object.data).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  )
}

describe('the JSON Schema of requests', () => {
  test('names every attribute and refers to nothing that is not there', () => {
    const schema = requestJsonSchema()
    const properties = record.parse(at(schema, '$defs', 'conditions', 'properties'))
    for (const { name } of attributes) expect(Object.keys(properties)).toContain(name)
    const defined = new Set(Object.keys(record.parse(at(schema, '$defs'))))
    const wanted = references(schema).map((ref) =>
      decodeURIComponent(ref.replace('#/$defs/', '')).replaceAll('~1', '/').replaceAll('~0', '~'),
    )
    expect(wanted.length).toBeGreaterThan(attributes.length)
    expect(wanted.filter((name) => !defined.has(name))).toEqual([])
    expect(references(profileJsonSchema())).toContain('#/$defs/match')
  })

  test('has the operators that requests are read by', () => {
    const schema = requestJsonSchema()
    for (const type of ['bool', 'int', 'string', 'version', 'set'] as const) {
      const forms = z.array(record).parse(at(schema, '$defs', type, 'anyOf'))
      const own = Object.keys(record.parse(forms.at(-1)?.['properties']))
      expect(own.filter((name) => name !== 'tolerance').toSorted()).toEqual(
        operatorsOf(type).toSorted(),
      )
    }
    const list = Object.keys(record.parse(at(schema, '$defs', 'list disks', 'properties')))
    expect(list.toSorted()).toEqual(operatorsOf('list').toSorted())
  })

  test('is plain JSON, the same every time', () => {
    expect(JSON.parse(JSON.stringify(requestJsonSchema()))).toEqual(requestJsonSchema())
  })
})
