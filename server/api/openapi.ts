import { OpenAPIHono } from '@hono/zod-openapi'
import { problemSchema } from '../../protocol/api.ts'
import type { Endpoint } from './endpoint.ts'

/** The API as an OpenAPI 3.1 document, from the same table that routes its requests. */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): unknown {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono()
  openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  // The request language changes with the attributes: its schemas are documents of their own.
  openAPIRegistry.registerComponent('schemas', 'Request', { $ref: '/v1/schemas/request' })
  openAPIRegistry.registerComponent('schemas', 'Profile', { $ref: '/v1/schemas/profile' })
  const problem = { 'application/problem+json': { schema: problemSchema } }
  for (const { method, path, role, summary, params, query, body, answer } of endpoints) {
    openAPIRegistry.registerPath({
      method,
      path,
      summary,
      description: `Takes a token of a ${role} or more.`,
      operationId: operationId(method, path),
      security: [{ token: [] }],
      request: {
        ...(params === null ? {} : { params }),
        ...(query === null ? {} : { query }),
        ...(body === null ? {} : { body: { content: { 'application/json': { schema: body } } } }),
      },
      responses: {
        [answer.status]: {
          description: answer.description,
          ...(answer.status === 204
            ? {}
            : {
                content: { [answer.contentType]: { schema: answer.schema ?? { type: 'string' } } },
              }),
        },
        default: { description: 'What is wrong (RFC 9457)', content: problem },
      },
    })
  }
  return getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Assay', version, description: 'Bare-metal inventory, matching and deployment' },
  })
}

function operationId(method: string, path: string): string {
  const words = path.replaceAll(/[{}]/g, '').split('/').slice(2)
  return [method, ...words].map((word, at) => (at === 0 ? word : capital(word))).join('')
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`
}
