import { z } from 'zod'
import { capacityQuerySchema, capacitySchema } from '../../protocol/capacity.ts'
import type { CapacityService } from '../capacity/capacity-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

/** `/v1/capacity`: the gangs that the fleet could still serve. */
export function capacityEndpoints(capacity: CapacityService): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/capacity',
      role: 'viewer',
      summary: 'By profile and level, the largest gang that fits now and what blocks the next',
      query: capacityQuerySchema,
      answer: {
        status: 200,
        description: 'Profiles by level',
        schema: z.array(capacitySchema).readonly(),
      },
      handle: ({ query }) => capacity.view(query),
    }),
  ]
}
