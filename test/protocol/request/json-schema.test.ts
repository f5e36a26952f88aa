import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../protocol/errors.ts'
import { parseRequest } from '../../../protocol/request.ts'
import { requestToJson } from '../../../protocol/request/written.ts'
import { attributes } from '../../../protocol/attributes.ts'
import {
  type JsonSchema,
  profileJsonSchema,
  requestJsonSchema,
} from '../../../protocol/request/json-schema.ts'
import { operatorsOf } from '../../../protocol/request/parse-match.ts'
import { propertyRuns } from '../../property-runs.ts'
import { takes } from './check-schema.ts'
import { anyWrittenRequest } from './written-requests.ts'

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

/** Values of all kinds, to be put where they do not belong. */
const texts = ['', 'x', '3%', '1h', 'x'.repeat(300)]
const lists = [[], [1], ['a']]
const groups = [{}, { a: 1 }, { eq: 1 }, { eq: 'x' }, { exists: true }, { where: {} }, { some: {} }]
const odd = [{ not: {} }, { or: [] }, { and: [] }, { gte: 1, where: {} }, { cel: 1 }]
const misfits: readonly unknown[] = [null, true, 0, -1, 1.5, ...texts, ...lists, ...groups, ...odd]
const anyMisfit = fc.constantFrom(...misfits)
const anyField = fc.constantFrom('zz', 'where', 'tolerance', 'in', 'between', 'and', 'not', 'max')

/** A copy with something at one of its places left out, replaced, or added. */
function misfitted(value: unknown, place: number, misfit: unknown, field: string | null): unknown {
  let left = place
  const visit = (at: unknown): unknown => {
    if (typeof at !== 'object' || at === null) return at
    if (Array.isArray(at)) return at.map((item: unknown) => (left-- === 0 ? misfit : visit(item)))
    const entries = Object.entries(at).flatMap(([key, inner]) => {
      if (left-- !== 0) return [[key, visit(inner)]]
      if (field !== null)
        return [
          [key, inner],
          [field, misfit],
        ]
      return misfit === undefined ? [] : [[key, misfit]]
    })
    return Object.fromEntries(entries)
  }
  return visit(value)
}

/** What only understanding finds: no schema of forms can. */
const meanings = [
  /contradict each other$/,
  /can never hold$/,
  /^no machine is included/,
  /^CEL: /,
  /is no whole number of|is out of range/,
  /^there is no role/,
  /^'unknown' goes with/,
  /^'tolerance' goes with/,
  /^'max' \d+ is beyond/,
  /^min \d+ is more than max/,
  /^wants an operator such as/,
  /it wants a version such as/,
  /version range/,
  /unfolds into|conditions a request may have/,
]

test('the JSON Schema takes what the parser takes, and of what it refuses the forms', () => {
  const schema = requestJsonSchema()
  let [taken, refused] = [0, 0]
  const place = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(-1))
  const field = fc.option(anyField)
  const misfit = fc.oneof(anyMisfit, fc.constant(undefined))
  fc.assert(
    fc.property(anyWrittenRequest, place, misfit, field, (request, at, odd, name) => {
      const written: unknown = JSON.parse(JSON.stringify(misfitted(request, at, odd, name)))
      const isTaken = takes(schema, written)
      const problems = problemsOf(written)
      if (problems === null) {
        taken += 1
        expect(isTaken, JSON.stringify(written)).toBe(true)
        expect(takes(schema, requestToJson(parseRequest(written)))).toBe(true)
        return
      }
      if (!isTaken) {
        refused += 1
        return
      }
      for (const message of problems) {
        const isMeaning = meanings.some((pattern) => pattern.test(message))
        expect(isMeaning, `${message} in ${JSON.stringify(written)}`).toBe(true)
      }
    }),
    { numRuns: propertyRuns(10_000) },
  )
  expect(taken).toBeGreaterThan(propertyRuns(1000))
  expect(refused).toBeGreaterThan(propertyRuns(1000))
}, 120_000)

const problemList = z.array(z.object({ message: z.string() }))

/** What the parser says of it; null: nothing. */
function problemsOf(written: unknown): readonly string[] | null {
  try {
    parseRequest(written)
    return null
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return problemList.parse(error.details['problems']).map(({ message }) => message)
  }
}

test('a checker of schemas refuses to pass over a keyword', () => {
  expect(() => takes({ dependentRequired: {} }, {})).toThrow('is not understood')
  expect(takes({ type: 'object', properties: { a: { maximum: 3 } } }, { a: 4 })).toBe(false)
})
