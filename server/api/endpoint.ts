import { z } from 'zod'
import type { Role } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Frozen } from '../../protocol/facts/fields.ts'
import { limits } from '../../protocol/limits.ts'
import type { Caller } from '../tokens/token-service.ts'
import { readBody } from './body.ts'

export type Method = 'get' | 'post' | 'put' | 'delete'

/** What an endpoint answers when all is well, for the documentation. */
export interface AnswerSpec {
  readonly status: 200 | 201 | 204
  readonly description: string
  /** Null: no body, or one that `contentType` describes and no schema does. */
  readonly schema: z.ZodType | null
  readonly contentType: string
}

/** A route as data: what it is, who may use it and what it does. */
export interface Endpoint {
  readonly method: Method
  /** With its parameters in braces: `/v1/machines/{id}`. */
  readonly path: string
  /** The least role that may call it. */
  readonly role: Role
  readonly summary: string
  readonly params: z.ZodObject | null
  readonly query: z.ZodObject | null
  readonly body: z.ZodType | null
  readonly answer: AnswerSpec
  run(request: EndpointRequest): Promise<Response>
}

/** A request that was authenticated and may use the endpoint. */
export interface EndpointRequest {
  readonly request: Request
  readonly params: Readonly<Record<string, string>>
  readonly caller: Caller
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
  /** The caller once more, or an error when the token was revoked or expired meanwhile. */
  readonly recheck: () => Promise<void>
}

/** A checked request of an endpoint that speaks JSON. */
export interface JsonRequest<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly caller: Caller
  /** `Idempotency-Key`; null when not given. */
  readonly idempotencyKey: string | null
  /** The generation `If-Match` asks for; null: any. */
  readonly ifGeneration: number | null
}

interface JsonSpec<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
  readonly method: Method
  readonly path: string
  readonly role: Role
  readonly summary: string
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly answer: {
    readonly status: 200 | 201 | 204
    readonly description: string
    readonly schema: Answer | null
  }
  handle(
    request: JsonRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Promise<Frozen<z.output<Answer>>>
}

const noFields = z.object({})

/** An endpoint with JSON in and out: everything is checked before `handle` sees it. */
export function jsonEndpoint<
  Params extends z.ZodObject = typeof noFields,
  Query extends z.ZodObject = typeof noFields,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodVoid,
>(spec: JsonSpec<Params, Query, Body, Answer>): Endpoint {
  const { method, path, role, summary, params, query, body, answer } = spec
  return {
    method,
    path,
    role,
    summary,
    params: params ?? null,
    query: query ?? null,
    body: body ?? null,
    answer: { ...answer, contentType: 'application/json' },
    async run(input) {
      const { request, caller } = input
      const url = new URL(request.url)
      const result = await spec.handle({
        params: checkPart(params, input.params, 'path'),
        query: checkPart(query, queryFields(url.searchParams), 'query'),
        body: checkPart(
          body,
          body === undefined ? undefined : await readBody(request, limits.bodyBytes),
          'body',
        ),
        caller,
        idempotencyKey: idempotencyKeyOf(request),
        ifGeneration: ifGenerationOf(request),
      })
      return jsonAnswer(answer.status, result)
    },
  }
}

/** An answer with its generation as entity tag, where it has one. */
export function jsonAnswer(status: 200 | 201 | 204, body: unknown): Response {
  if (status === 204) return new Response(null, { status })
  const headers = new Headers({ 'cache-control': 'no-store' })
  const generation = generationOf(body)
  if (generation !== null) headers.set('etag', `"${generation}"`)
  return Response.json(body, { status, headers })
}

/** A part of a request against its schema. Throws `unprocessable` with what is wrong with it. */
export function checkPart<Schema extends z.ZodType>(
  schema: Schema | undefined,
  value: unknown,
  part: string,
): z.output<Schema>
export function checkPart(schema: z.ZodType | undefined, value: unknown, part: string): unknown {
  if (schema === undefined) return value
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }))
  const [first] = issues
  const where = first?.path === '' ? '' : ` '${first?.path}'`
  const detail = `request ${part}${where} is not valid: ${first?.message}`
  throw new AppError('unprocessable', detail, { part, issues })
}

/** A name that is there once is a text, one that is repeated a list. */
export function queryFields(query: URLSearchParams): Record<string, string | readonly string[]> {
  const fields: Record<string, string | readonly string[]> = {}
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    fields[name] = values.length === 1 ? (values[0] ?? '') : values
  }
  return fields
}

function idempotencyKeyOf(request: Request): string | null {
  const key = request.headers.get('idempotency-key')
  if (key === null) return null
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new AppError('bad-request', 'Idempotency-Key is not 1 to 255 visible ASCII characters')
}

/** RFC 9110 §13.1.1, the one form we give out: `"<generation>"`. */
function ifGenerationOf(request: Request): number | null {
  const tag = request.headers.get('if-match')
  if (tag === null || tag === '*') return null
  const match = /^"(\d{1,15})"$/.exec(tag.trim())
  if (match === null) {
    throw new AppError('bad-request', `If-Match '${tag.slice(0, 40)}' is not "<generation>" or *`)
  }
  return Number(match[1])
}

function generationOf(body: unknown): number | null {
  if (typeof body !== 'object' || body === null || !('generation' in body)) return null
  return typeof body.generation === 'number' ? body.generation : null
}
