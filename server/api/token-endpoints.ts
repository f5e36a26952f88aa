import { z } from 'zod'
import { createTokenSchema, createdTokenSchema, roles, tokenSchema } from '../../protocol/api.ts'
import type { TokenService } from '../tokens/token-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

/** `/v1/tokens`, and who the caller is. */
export function tokenEndpoints(tokens: TokenService): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/session',
      role: 'viewer',
      summary: 'Who the caller is',
      answer: {
        status: 200,
        description: 'Name, role and tenant of the token',
        schema: z.object({
          tokenId: z.string(),
          name: z.string(),
          role: z.enum(roles),
          tenant: z.string(),
        }),
      },
      handle: async ({ caller }) => caller,
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/tokens',
      role: 'operator',
      summary: 'Tokens, without their secrets',
      answer: { status: 200, description: 'Tokens', schema: z.array(tokenSchema).readonly() },
      handle: () => tokens.list(),
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/tokens',
      role: 'operator',
      summary: 'Make a token; its secret is in this answer and nowhere else',
      body: createTokenSchema,
      answer: { status: 201, description: 'The token', schema: createdTokenSchema },
      handle: ({ body }) => tokens.create(body),
    }),
    jsonEndpoint({
      method: 'delete',
      path: '/v1/tokens/{id}',
      role: 'operator',
      summary: 'Revoke a token at once',
      params: z.object({ id: z.string().min(1).max(64) }),
      answer: { status: 204, description: 'It works no more', schema: null },
      handle: ({ params }) => tokens.revoke(params.id),
    }),
  ]
}
