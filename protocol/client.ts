import { z } from 'zod'
import {
  allocationAnswerSchema,
  allocationSchema,
  createdTokenSchema,
  eventSchema,
  fleetFindingSchema,
  imageSchema,
  machineDetailSchema,
  machineSummarySchema,
  problemSchema,
  roles,
  tokenSchema,
} from './api.ts'
import type { AssayEvent, CreateAllocation, CreateToken, Labels } from './api.ts'
import { deviceNamesSchema } from './device-names.ts'
import { exportSchema } from './exports.ts'
import type { ExportFormat, SlurmTopology } from './exports.ts'
import { fabricImportSchema, fabricSchema } from './fabric.ts'
import { inspectionDetailSchema, inspectionDiffSchema, inspectionSchema } from './inspections.ts'
import type { Deploy, FencingTokens, Revoke } from './holder.ts'
import { importClient } from './import-client.ts'
import { appErrorOf } from './problem.ts'
import { profileClient } from './profile-client.ts'
import { idempotencyKey as keyHeaders, ifMatch, schedulingClient } from './scheduling-client.ts'
import { serverSentEvents } from './server-sent-events.ts'

export interface ClientOptions {
  /** `http://127.0.0.1:7080`. */
  readonly baseUrl: string
  readonly token: string
  /** The global one where left out. */
  readonly fetch?: (request: Request) => Promise<Response>
}

/** Which machines: all conditions must hold. See the attribute registry for `where`. */
export interface MachineQuery {
  readonly state?: readonly string[]
  readonly flag?: readonly string[]
  readonly where?: readonly string[]
}

/** What the holder of an allocation knows of it: see `protocol/holder.ts`. */
export interface HolderOptions {
  readonly generation?: number | null
  readonly fencingTokens?: FencingTokens
}

export type Client = ReturnType<typeof createClient>

/**
 * The HTTP API, typed. Answers are checked against their schemas. What the server refuses is thrown
 * as the `AppError` it was; a server that cannot be reached, or is none of ours, as an `Error` that
 * says so.
 */
export function createClient(options: ClientOptions) {
  const call = caller(options)
  const machinePath = (id: string) => `/v1/machines/${encodeURIComponent(id)}`
  const machine = (id: string, action: string, body: unknown = {}) =>
    call('POST', `${machinePath(id)}/${action}`, machineSummarySchema, { body })
  const allocationPath = (id: string) => `/v1/allocations/${encodeURIComponent(id)}`
  const heldMachinePath = (id: string, machineId: string) =>
    `${allocationPath(id)}/machines/${encodeURIComponent(machineId)}`
  const imagePath = (name: string, version: string) =>
    `/v1/images/${encodeURIComponent(name)}/${encodeURIComponent(version)}`

  return {
    session: () => call('GET', '/v1/session', sessionSchema),

    machines: {
      list: (query: MachineQuery = {}) =>
        call('GET', `/v1/machines${queryText({ ...query })}`, z.array(machineSummarySchema)),
      get: (id: string) => call('GET', machinePath(id), machineDetailSchema),
      deviceNames: (id: string) => call('GET', `${machinePath(id)}/names`, deviceNamesSchema),
      fleetFindings: () => call('GET', '/v1/findings', z.array(fleetFindingSchema)),
      /** Newest first. */
      inspections: (id: string) =>
        call('GET', `${machinePath(id)}/inspections`, z.array(inspectionSchema)),
      inspection: (id: string, inspection: string) =>
        call(
          'GET',
          `${machinePath(id)}/inspections/${encodeURIComponent(inspection)}`,
          inspectionDetailSchema,
        ),
      /** By default between the last two inspections. */
      diff: (id: string, between: { readonly from?: string; readonly to?: string } = {}) =>
        call('GET', `${machinePath(id)}/diff${queryText({ ...between })}`, inspectionDiffSchema),
      approve: (id: string) => machine(id, 'approve'),
      setMaintenance: (id: string, reason: string | null) => machine(id, 'maintenance', { reason }),
      setName: (id: string, name: string | null) => machine(id, 'name', { name }),
      setLabels: (id: string, labels: Labels) => machine(id, 'labels', { labels }),
      inspect: (id: string) => machine(id, 'inspect'),
      recover: (id: string) => machine(id, 'recover'),
      reboot: (id: string) =>
        call('POST', `${machinePath(id)}/reboot`, z.undefined(), { body: {} }),
    },

    allocations: {
      /** The same key with the same input gives the same answer, however often it is sent. */
      create: (input: CreateAllocation, idempotencyKey: string | null = null) =>
        call('POST', '/v1/allocations', allocationAnswerSchema, {
          body: input,
          headers: keyHeaders(idempotencyKey),
        }),
      match: (request: unknown) =>
        call('POST', '/v1/match', allocationAnswerSchema, { body: { request } }),
      list: () => call('GET', '/v1/allocations', z.array(allocationSchema)),
      get: (id: string) => call('GET', allocationPath(id), allocationSchema),
      /** `generation`: what the caller has seen; null: whatever it is. */
      confirm: (id: string, holder: HolderOptions = {}) =>
        call('POST', `${allocationPath(id)}/confirm`, allocationSchema, holderCall(holder)),
      renew: (id: string, durationSeconds: number, holder: HolderOptions = {}) =>
        call(
          'POST',
          `${allocationPath(id)}/renew`,
          allocationSchema,
          holderCall(holder, { durationSeconds }),
        ),
      /** All machines, or these. */
      release: (
        id: string,
        { machines, ...holder }: HolderOptions & { readonly machines?: readonly string[] } = {},
      ) =>
        call(
          'POST',
          `${allocationPath(id)}/release`,
          allocationSchema,
          holderCall(holder, machines === undefined ? {} : { machines }),
        ),
      revoke: (id: string, revocation: Revoke) =>
        call('POST', `${allocationPath(id)}/revoke`, allocationSchema, { body: revocation }),
      reboot: (id: string, machineId: string, fencingToken: number) =>
        call('POST', `${heldMachinePath(id, machineId)}/reboot`, z.undefined(), {
          body: { fencingToken },
        }),
      deploy: (id: string, machineId: string, order: Deploy) =>
        call('POST', `${heldMachinePath(id, machineId)}/deploy`, allocationSchema, { body: order }),
      export: (id: string, format: ExportFormat, topology: SlurmTopology = 'tree') =>
        call(
          'GET',
          `${allocationPath(id)}/exports/${format}${queryText({ topology })}`,
          exportSchema,
        ),
    },

    ...schedulingClient(call, (path) => textOf(options, path)),
    ...profileClient(call),

    fabric: {
      show: () => call('GET', '/v1/fabric', fabricSchema),
      /** `text` is what `ibnetdiscover` printed. */
      import: (name: string, text: string) =>
        call('PUT', `/v1/fabric/${encodeURIComponent(name)}`, fabricImportSchema, {
          raw: new Blob([text]),
        }),
      remove: (name: string) =>
        call('DELETE', `/v1/fabric/${encodeURIComponent(name)}`, z.undefined()),
    },

    ...importClient(call, (path, raw, headers) => post(options, path, raw, headers)),

    images: {
      list: () => call('GET', '/v1/images', z.array(imageSchema)),
      get: (name: string, version: string) => call('GET', imagePath(name, version), imageSchema),
      /** `raw` is the disk's bytes: `Bun.file(path)` is streamed. */
      import: (name: string, version: string, raw: Blob, allowNoGpt = false) =>
        call('PUT', `${imagePath(name, version)}?allowNoGpt=${allowNoGpt}`, imageSchema, { raw }),
      remove: (name: string, version: string) =>
        call('DELETE', imagePath(name, version), z.undefined()),
    },

    tokens: {
      list: () => call('GET', '/v1/tokens', z.array(tokenSchema)),
      create: (input: CreateToken) =>
        call('POST', '/v1/tokens', createdTokenSchema, { body: input }),
      revoke: (id: string) => call('DELETE', `/v1/tokens/${encodeURIComponent(id)}`, z.undefined()),
    },

    attributes: () => call('GET', '/v1/attributes', z.array(attributeSchema)),

    /**
     * Events after `since` (null: from now on), then live ones, until the signal aborts or the link
     * breaks. Go on with the `seq` of the last event that had one.
     */
    events: (since: number | null, signal: AbortSignal) => events(options, since, signal),
  }
}

function holderCall(
  { generation = null, fencingTokens }: HolderOptions,
  fields: Readonly<Record<string, unknown>> = {},
): CallOptions {
  const body = fencingTokens === undefined ? fields : { ...fields, fencingTokens }
  return { body, headers: ifMatch(generation) }
}

const sessionSchema = z.object({
  tokenId: z.string(),
  name: z.string(),
  role: z.enum(roles),
  tenant: z.string(),
})

const fieldSchema = z.object({
  name: z.string(),
  type: z.string(),
  unit: z.string().nullable(),
  level: z.string(),
  source: z.string(),
  description: z.string(),
})
const attributeSchema = fieldSchema.extend({ fields: z.array(fieldSchema) })

interface CallOptions {
  readonly body?: unknown
  readonly raw?: Blob
  readonly headers?: Readonly<Record<string, string>>
}

function caller(options: ClientOptions) {
  return async <Schema extends z.ZodType>(
    method: string,
    path: string,
    schema: Schema,
    { body, raw, headers = {} }: CallOptions = {},
  ): Promise<z.output<Schema>> => {
    const payload = raw ?? (body === undefined ? null : JSON.stringify(body))
    const request = new Request(new URL(path, options.baseUrl), {
      method,
      body: payload,
      headers: {
        ...authorization(options),
        ...(raw === undefined && body !== undefined ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
    })
    const response = await send(options, request)
    const text = await response.text()
    const answer = text === '' ? undefined : parseJson(text, request)
    const parsed = schema.safeParse(answer)
    if (parsed.success) return parsed.data
    const what = `${method} ${request.url} answered in a form this client does not know`
    throw new Error(`${what}: ${z.prettifyError(parsed.error).slice(0, 500)}`)
  }
}

async function textOf(options: ClientOptions, path: string): Promise<string> {
  const request = new Request(new URL(path, options.baseUrl), { headers: authorization(options) })
  return (await send(options, request)).text()
}

async function post(
  options: ClientOptions,
  path: string,
  raw: Blob,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const url = new URL(path, options.baseUrl)
  const all = { ...authorization(options), ...headers }
  return send(options, new Request(url, { method: 'POST', body: raw, headers: all }))
}

async function* events(
  options: ClientOptions,
  since: number | null,
  signal: AbortSignal,
): AsyncGenerator<AssayEvent> {
  const query = since === null ? '' : `?since=${since}`
  const request = new Request(new URL(`/v1/events${query}`, options.baseUrl), {
    headers: authorization(options),
    signal,
  })
  const response = await send(options, request)
  if (response.body === null) return
  for await (const data of serverSentEvents(response.body)) {
    yield eventSchema.parse(parseJson(data, request))
  }
}

async function send(options: ClientOptions, request: Request): Promise<Response> {
  let response: Response
  try {
    response = await (options.fetch ?? fetch)(request)
  } catch (cause) {
    if (request.signal.aborted) throw cause
    const advice = 'check the address and that the server runs'
    throw new Error(`cannot reach ${options.baseUrl}, ${advice}`, { cause })
  }
  if (!response.ok) throw await refusal(request, response)
  return response
}

async function refusal(request: Request, response: Response): Promise<Error> {
  const text = await response.text()
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  const problem = isProblem === true ? parseJson(text, request) : null
  const error = appErrorOf(problem)
  if (error !== null) return error
  const parsed = problemSchema.safeParse(problem)
  const said = parsed.success ? parsed.data.detail : text.slice(0, 200)
  return new Error(
    `${request.method} ${request.url} failed with status ${response.status}: ${said}`,
  )
}

function parseJson(text: string, request: Request): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${request.url} is no Assay server: it answered '${text.slice(0, 60)}'`, {
      cause,
    })
  }
}

function authorization({ token }: ClientOptions): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

function queryText(
  fields: Readonly<Record<string, string | readonly string[] | undefined>>,
): string {
  const query = new URLSearchParams()
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values ?? []].flat()) query.append(name, value)
  }
  return query.size === 0 ? '' : `?${query.toString()}`
}
