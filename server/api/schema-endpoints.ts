import { z } from 'zod'
import {
  type JsonSchema,
  profileJsonSchema,
  requestJsonSchema,
} from '../../protocol/request/json-schema.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

/** `/v1/schemas`: the request language for editors and programs, as JSON Schema 2020-12. */
export function schemaEndpoints(): readonly Endpoint[] {
  return [
    schemaEndpoint('request', 'JSON Schema of a request for machines', requestJsonSchema()),
    schemaEndpoint('profile', 'JSON Schema of a profile of machines', profileJsonSchema()),
  ]
}

function schemaEndpoint(name: string, summary: string, schema: JsonSchema): Endpoint {
  return jsonEndpoint({
    method: 'get',
    path: `/v1/schemas/${name}`,
    role: 'viewer',
    summary,
    answer: { status: 200, description: 'The schema', schema: z.record(z.string(), z.unknown()) },
    handle: async () => schema,
  })
}
