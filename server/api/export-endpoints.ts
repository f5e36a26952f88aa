import { z } from 'zod'
import { exportFormats, exportSchema, slurmTopologies } from '../../protocol/exports.ts'
import type { ExportService } from '../exports/export-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

/** `/v1/allocations/{id}/exports`: an allocation in the words of a scheduler. */
export function exportEndpoints(exports: ExportService): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/allocations/{id}/exports/{format}',
      role: 'viewer',
      summary: 'The machines of an allocation as files of Slurm or Kubernetes',
      params: z.object({ id: z.string().min(1).max(64), format: z.enum(exportFormats) }),
      query: z.object({
        topology: z
          .enum(slurmTopologies)
          .default('tree')
          .describe('form of topology.conf; of no use to other formats'),
      }),
      answer: { status: 200, description: 'The files', schema: exportSchema },
      handle: ({ params, query }) => exports.export(params.id, params.format, query.topology),
    }),
  ]
}
