import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { usageSchema } from '../../protocol/usage.ts'
import type { Caller } from '../tokens/token-service.ts'
import { usageCsv } from '../usage/csv.ts'
import type { UsageService } from '../usage/usage-service.ts'
import { checkPart, jsonAnswer, queryFields } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

const querySchema = z.object({
  from: z.coerce.number().int().min(0).describe('milliseconds since 1970, inclusive'),
  until: z.coerce.number().int().min(0).describe('milliseconds since 1970, exclusive'),
  tenant: z.string().min(1).max(64).optional(),
  format: z.enum(['json', 'csv']).default('json'),
})

/** `/v1/usage`: machine-seconds by tenant and shape. Schedulers see their own tenant, operators all. */
export function usageEndpoints(usage: UsageService): readonly Endpoint[] {
  return [
    {
      method: 'get',
      path: '/v1/usage',
      role: 'scheduler',
      summary: 'What tenants had in a range of time, as JSON or CSV',
      params: null,
      query: querySchema,
      body: null,
      answer: {
        status: 200,
        description: 'Machine-seconds by tenant and shape; text/csv for format=csv',
        schema: usageSchema,
        contentType: 'application/json',
      },
      async run({ request, caller }) {
        const fields = queryFields(new URL(request.url).searchParams)
        const { from, until, tenant, format } = checkPart(querySchema, fields, 'query')
        const report = await usage.report(from, until, visibleTenant(caller, tenant ?? null))
        if (format === 'json') return jsonAnswer(200, report)
        const headers = {
          'content-type': 'text/csv; charset=utf-8; header=present',
          'content-disposition': 'attachment; filename="usage.csv"',
          'cache-control': 'no-store',
        }
        return new Response(usageCsv(report), { headers })
      },
    },
  ]
}

function visibleTenant(caller: Caller, wanted: string | null): string | null {
  if (caller.role === 'operator') return wanted
  if (wanted === null || wanted === caller.tenant) return caller.tenant
  const detail = `usage of tenant '${wanted}' is not for '${caller.name}' of '${caller.tenant}'`
  throw new AppError('forbidden', detail)
}
