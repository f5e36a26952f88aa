import { z } from 'zod'
import { quotaSchema, tenantSchema } from '../../protocol/tenants.ts'
import type { TenantService } from '../quotas/tenant-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { actorOf } from './machine-endpoints.ts'

const tenantParams = z.object({ tenant: z.string().min(1).max(64) })
const tenantAnswer = {
  status: 200,
  description: 'The tenant with what it may have, has, and had lately',
  schema: tenantSchema,
} as const

/** `/v1/quotas`: what tenants may have. */
export function quotaEndpoints(tenants: TenantService): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/quotas',
      role: 'viewer',
      summary: 'Tenants by name',
      answer: { status: 200, description: 'Tenants', schema: z.array(tenantSchema).readonly() },
      handle: () => tenants.list(),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/quotas/{tenant}',
      role: 'viewer',
      summary: 'One tenant',
      params: tenantParams,
      answer: tenantAnswer,
      handle: ({ params }) => tenants.get(params.tenant),
    }),
    jsonEndpoint({
      method: 'put',
      path: '/v1/quotas/{tenant}',
      role: 'operator',
      summary: 'Set the whole quota of a tenant; nothing it has is taken away by that',
      params: tenantParams,
      body: quotaSchema,
      answer: tenantAnswer,
      handle: ({ params, body, caller, ifGeneration }) =>
        tenants.set(params.tenant, body, actorOf(caller), ifGeneration),
    }),
  ]
}
