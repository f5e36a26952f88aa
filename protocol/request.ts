import { z } from 'zod'
import type { AttributeInfo } from './attributes/definition.ts'
import { nearestName } from './attributes/nearest.ts'
import { findAttribute, nearestAttribute } from './attributes.ts'
import { AppError, DecodeError } from './errors.ts'
import { findContradiction } from './request/contradiction.ts'
import { formatDuration, parseDuration } from './request/duration.ts'
import { type Expression, expressionToJson, type MatchJson } from './request/expression.ts'
import { requestLimits } from './request/limits.ts'
import { parseMatch, type Reading } from './request/parse-match.ts'
import { Problems } from './request/problems.ts'

const word = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'wants a word of lower-case letters, digits and dashes')
const text = z.string().min(1).max(requestLimits.textLength)
const roleNames = z.array(word).min(1).max(requestLimits.roles).optional()

const roleSchema = z.strictObject({
  name: word,
  count: z.int().min(1).max(requestLimits.count),
  /** Conditions over the attribute registry, see `request/parse-match.ts`. */
  match: z.record(z.string(), z.unknown()),
  prefer: z
    .array(
      z.strictObject({
        attribute: text,
        order: z.enum(['high', 'low']),
        weight: z.number().positive().max(1000).optional(),
      }),
    )
    .max(requestLimits.prefer)
    .optional(),
})

/** Over the machines of `roles`, all roles when left out. `level` is a label: `rack`, `leaf`. */
const constraintSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('same'), level: word, roles: roleNames }),
  z.strictObject({ kind: z.literal('distinct'), level: word, roles: roleNames }),
  z.strictObject({
    kind: z.literal('spread'),
    level: word,
    max: z.int().min(1).max(requestLimits.count),
    roles: roleNames,
  }),
])

/** A request as people and programs write it, in JSON or YAML. */
export const requestInputSchema = z.strictObject({
  roles: z.array(roleSchema).min(1).max(requestLimits.roles),
  constraints: z.array(constraintSchema).max(requestLimits.constraints).optional(),
  lease: z.strictObject({
    /** `72h`. */
    duration: text,
    /** How long a reservation waits for its confirmation, `60s`. */
    hold: text.optional(),
  }),
  /** `name` or `name@version`; none: the machines are lent as they are. */
  image: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,127}(@[\w.+-]{1,64})?$/, 'wants name or name@version')
    .optional(),
  labels: z
    .record(word, z.string().max(128))
    .refine((labels) => Object.keys(labels).length <= requestLimits.labels, 'has too many labels')
    .optional(),
})

export type RequestInput = z.input<typeof requestInputSchema>

export interface Preference {
  readonly attribute: AttributeInfo
  readonly order: 'high' | 'low'
  readonly weight: number
}

export interface Role {
  readonly name: string
  readonly count: number
  readonly match: Expression
  readonly prefer: readonly Preference[]
}

/** `same`: all machines in one domain of the level. `spread`: at most `max` in each domain. */
export type Constraint =
  | { readonly kind: 'same'; readonly level: string; readonly roles: readonly string[] }
  | {
      readonly kind: 'spread'
      readonly level: string
      readonly max: number
      readonly roles: readonly string[]
    }

/** A request as it was understood: names resolved, quantities exact, shorthand unfolded. */
export interface Request {
  readonly roles: readonly Role[]
  readonly constraints: readonly Constraint[]
  readonly lease: { readonly durationSeconds: number; readonly holdSeconds: number | null }
  /** Null: no image is written. Version null: the newest. */
  readonly image: { readonly name: string; readonly version: string | null } | null
  readonly labels: Readonly<Record<string, string>>
}

/**
 * Reads a request.
 * @throws {AppError} `unprocessable`, with everything that is wrong in `details.problems`
 */
export function parseRequest(input: unknown): Request {
  const problems = new Problems()
  const shaped = requestInputSchema.safeParse(input)
  if (!shaped.success) {
    for (const issue of shaped.error.issues) addIssue(problems, issue)
    throw problems.refusal()
  }
  const request = understand(shaped.data, problems)
  if (!problems.empty) throw problems.refusal()
  return request
}

/**
 * Reads a request from YAML or JSON text.
 * @throws {AppError} `unprocessable`, as {@link parseRequest}
 */
export function parseRequestText(source: string): Request {
  if (source.length > requestLimits.textBytes) {
    throw new AppError(
      'too-large',
      `Cannot take a request of ${source.length} characters; ${requestLimits.textBytes} is the most`,
    )
  }
  return parseRequest(parseYaml(source))
}

/** The request in its canonical written form; {@link parseRequest} reads it back as it was. */
export function requestToJson(request: Request): RequestJson {
  const { lease, image } = request
  return {
    roles: request.roles.map((role) => ({
      name: role.name,
      count: role.count,
      match: expressionToJson(role.match),
      prefer: role.prefer.map(({ attribute, order, weight }) => ({
        attribute: attribute.name,
        order,
        weight,
      })),
    })),
    constraints: request.constraints,
    lease: {
      duration: formatDuration(lease.durationSeconds),
      ...(lease.holdSeconds === null ? {} : { hold: formatDuration(lease.holdSeconds) }),
    },
    ...(image === null
      ? {}
      : { image: image.version === null ? image.name : `${image.name}@${image.version}` }),
    labels: request.labels,
  }
}

/** See {@link requestToJson}. Plain JSON. */
export interface RequestJson {
  readonly roles: readonly {
    readonly name: string
    readonly count: number
    readonly match: MatchJson
    readonly prefer: readonly {
      readonly attribute: string
      readonly order: 'high' | 'low'
      readonly weight: number
    }[]
  }[]
  readonly constraints: readonly Constraint[]
  readonly lease: { readonly duration: string; readonly hold?: string }
  readonly image?: string
  readonly labels: Readonly<Record<string, string>>
}

function understand(input: z.infer<typeof requestInputSchema>, problems: Problems): Request {
  const reading: Reading = { problems, clauses: 0 }
  const names = input.roles.map((role) => role.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) problems.add('roles', `two roles have the name '${twice}'`)
  const [name = '', version = null] = input.image?.split('@') ?? []
  const { duration, hold } = input.lease
  return {
    roles: input.roles.map((role, index) => understandRole(role, `roles[${index}]`, reading)),
    constraints: (input.constraints ?? []).map((constraint, index) =>
      understandConstraint(constraint, names, `constraints[${index}]`, problems),
    ),
    lease: {
      durationSeconds: seconds(duration, requestLimits.durationSeconds, 'lease.duration', problems),
      holdSeconds:
        hold === undefined
          ? null
          : seconds(hold, requestLimits.holdSeconds, 'lease.hold', problems),
    },
    image: input.image === undefined ? null : { name, version },
    labels: input.labels ?? {},
  }
}

function understandRole(role: z.infer<typeof roleSchema>, path: string, reading: Reading): Role {
  const match = parseMatch(role.match, `${path}.match`, reading)
  const contradiction = match === null ? null : findContradiction(match)
  if (contradiction !== null) reading.problems.add(`${path}.match`, contradiction)
  const prefer = (role.prefer ?? []).flatMap((preference, index) => {
    const attribute = orderable(preference.attribute, `${path}.prefer[${index}]`, reading.problems)
    return attribute === null
      ? []
      : [{ attribute, order: preference.order, weight: preference.weight ?? 1 }]
  })
  return { name: role.name, count: role.count, match: match ?? { kind: 'and', of: [] }, prefer }
}

function understandConstraint(
  constraint: z.infer<typeof constraintSchema>,
  names: readonly string[],
  path: string,
  problems: Problems,
): Constraint {
  const { level, roles = names } = constraint
  for (const name of roles) {
    if (!names.includes(name)) problems.add(path, unknownName('role', name, names))
  }
  if (constraint.kind === 'same') return { kind: 'same', level, roles }
  return { kind: 'spread', level, roles, max: constraint.kind === 'distinct' ? 1 : constraint.max }
}

/** An attribute whose values have an order to prefer by. */
function orderable(name: string, path: string, problems: Problems): AttributeInfo | null {
  const info = findAttribute(name)
  if (info === null) {
    const near = nearestAttribute(name)
    const hint = near === null ? '' : `; did you mean '${near}'`
    problems.add(path, `there is no attribute '${name.slice(0, 64)}'${hint}`)
    return null
  }
  if (info.type === 'int' || info.type === 'quantity' || info.type === 'bool') return info
  problems.add(
    path,
    `${name} is a ${info.type}; only numbers, quantities and bools are preferred by`,
  )
  return null
}

function seconds(text: string, most: number, path: string, problems: Problems): number {
  try {
    const value = parseDuration(text)
    if (value >= 1 && value <= most) return value
    problems.add(path, `'${text}' is not between 1s and ${formatDuration(most)}`)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    problems.add(path, error.message)
  }
  return 0
}

function parseYaml(source: string): unknown {
  try {
    return Bun.YAML.parse(source)
  } catch (error) {
    throw new AppError(
      'unprocessable',
      'Cannot read the request as YAML or JSON',
      {},
      { cause: error },
    )
  }
}

const fieldNames = [
  'roles',
  'name',
  'count',
  'match',
  'prefer',
  'attribute',
  'order',
  'weight',
  'constraints',
  'kind',
  'level',
  'max',
  'lease',
  'duration',
  'hold',
  'image',
  'labels',
]

function addIssue(problems: Problems, issue: z.core.$ZodIssue): void {
  const path = issue.path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${String(step)}`,
    )
    .join('')
  if (issue.code !== 'unrecognized_keys') return problems.add(path, issue.message)
  for (const key of issue.keys) problems.add(path, unknownName('field', key, fieldNames))
}

function unknownName(noun: string, name: string, names: readonly string[]): string {
  const near = nearestName(name, names)
  return `there is no ${noun} '${name.slice(0, 64)}'${near === null ? '' : `; did you mean '${near}'`}`
}
