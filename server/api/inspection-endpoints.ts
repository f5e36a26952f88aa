import { z } from 'zod'
import {
  inspectionDetailSchema,
  inspectionDiffSchema,
  inspectionSchema,
} from '../../protocol/inspections.ts'
import type { InspectionHistory } from '../service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

const id = z.string().min(1).max(64)

/** `/v1/machines/{id}/inspections`: what a machine was found to be, then and now. */
export function inspectionEndpoints(history: InspectionHistory): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/machines/{id}/inspections',
      role: 'viewer',
      summary: 'Inspections of a machine, newest first',
      params: z.object({ id }),
      answer: {
        status: 200,
        description: 'The inspections without what they found',
        schema: z.array(inspectionSchema).readonly(),
      },
      handle: ({ params }) => history.list(params.id),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/machines/{id}/inspections/{inspection}',
      role: 'viewer',
      summary: 'All that one inspection found',
      params: z.object({ id, inspection: id }),
      answer: { status: 200, description: 'The inspection', schema: inspectionDetailSchema },
      handle: ({ params }) => history.get(params.id, params.inspection),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/machines/{id}/diff',
      role: 'viewer',
      summary: 'What changed between two inspections; by default the last two',
      params: z.object({ id }),
      query: z.object({ from: id.optional(), to: id.optional() }),
      answer: { status: 200, description: 'The changes', schema: inspectionDiffSchema },
      handle: ({ params, query }) => history.diff(params.id, query.from ?? null, query.to ?? null),
    }),
  ]
}
