type Fields = Readonly<Record<string, unknown>>

/** Keywords that say nothing of what is valid, and those that are looked at together. */
const annotations: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'additionalProperties',
  '$schema',
  '$defs',
  'title',
  'description',
  'examples',
  'id',
])

/**
 * Whether a JSON Schema (draft 2020-12) takes a value: the keywords that ours have. Throws for any
 * other, so that none is passed over.
 */
export function takes(schema: unknown, value: unknown, root: unknown = schema): boolean {
  if (typeof schema === 'boolean') return schema
  const keywords = fieldsOf(schema)
  if (!takesProperties(keywords, value, root)) return false
  return Object.entries(keywords).every(([keyword, wanted]) => {
    if (annotations.has(keyword)) return true
    const check = Object.hasOwn(checks, keyword) ? checks[keyword] : undefined
    if (check === undefined) throw new Error(`keyword '${keyword}' is not understood`)
    return check(wanted, value, root)
  })
}

type Check = (wanted: unknown, value: unknown, root: unknown) => boolean

const lengthOf = (text: string) => Array.from(text).length

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsOf(value: unknown): Fields {
  if (isObject(value)) return value
  throw new Error('a schema is an object')
}

function each(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Error('a list of schemas is wanted')
}

function number(value: unknown): number {
  if (typeof value === 'number') return value
  throw new Error('a number is wanted')
}

/** Holds for a value of another type, as keywords do. */
const ifNumber =
  (holds: (value: number, wanted: number) => boolean): Check =>
  (wanted, value) =>
    typeof value !== 'number' || holds(value, number(wanted))
const ifText =
  (holds: (value: string, wanted: unknown) => boolean): Check =>
  (wanted, value) =>
    typeof value !== 'string' || holds(value, wanted)
const ifList =
  (holds: (value: readonly unknown[], wanted: number) => boolean): Check =>
  (wanted, value) =>
    !Array.isArray(value) || holds(value, number(wanted))

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: (value) => Array.isArray(value),
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
}

const checks: Readonly<Record<string, Check>> = {
  $ref: (wanted, value, root) => takes(resolve(String(wanted), root), value, root),
  type: (wanted, value) => types[String(wanted)]?.(value) ?? false,
  const: (wanted, value) => value === wanted,
  enum: (wanted, value) => each(wanted).some((one) => one === value),
  anyOf: (wanted, value, root) => each(wanted).some((one) => takes(one, value, root)),
  oneOf: (wanted, value, root) =>
    each(wanted).filter((one) => takes(one, value, root)).length === 1,
  allOf: (wanted, value, root) => each(wanted).every((one) => takes(one, value, root)),
  minimum: ifNumber((value, wanted) => value >= wanted),
  maximum: ifNumber((value, wanted) => value <= wanted),
  exclusiveMinimum: ifNumber((value, wanted) => value > wanted),
  minLength: ifText((value, wanted) => lengthOf(value) >= number(wanted)),
  maxLength: ifText((value, wanted) => lengthOf(value) <= number(wanted)),
  pattern: ifText((value, wanted) => new RegExp(String(wanted), 'u').test(value)),
  minItems: ifList((value, wanted) => value.length >= wanted),
  maxItems: ifList((value, wanted) => value.length <= wanted),
  items: (wanted, value, root) =>
    !Array.isArray(value) || value.every((item: unknown) => takes(wanted, item, root)),
  required: (wanted, value) =>
    !isObject(value) || each(wanted).every((name) => Object.hasOwn(value, String(name))),
  minProperties: (wanted, value) => !isObject(value) || Object.keys(value).length >= number(wanted),
  maxProperties: (wanted, value) => !isObject(value) || Object.keys(value).length <= number(wanted),
  propertyNames: (wanted, value, root) =>
    !isObject(value) || Object.keys(value).every((name) => takes(wanted, name, root)),
}

function takesProperties(keywords: Fields, value: unknown, root: unknown): boolean {
  if (!isObject(value)) return true
  const properties = fieldsOf(keywords['properties'] ?? {})
  const patterns = Object.entries(fieldsOf(keywords['patternProperties'] ?? {}))
  const others = keywords['additionalProperties'] ?? true
  return Object.entries(value).every(([name, inner]) => {
    const own = Object.hasOwn(properties, name) ? [properties[name] ?? true] : []
    const matching = patterns.flatMap(([pattern, schema]) =>
      new RegExp(pattern, 'u').test(name) ? [schema] : [],
    )
    const schemas = [...own, ...matching]
    return (schemas.length > 0 ? schemas : [others]).every((schema) => takes(schema, inner, root))
  })
}

function resolve(reference: string, root: unknown): unknown {
  const steps = reference
    .slice(2)
    .split('/')
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps.reduce((at: unknown, step) => {
    const found = fieldsOf(at)[step]
    if (found === undefined) throw new Error(`'${reference}' leads nowhere`)
    return found
  }, root)
}
