import { z } from 'zod'
import { allocationAnswerSchema } from '../../protocol/api.ts'
import {
  forgottenSchema,
  importFormats,
  importProgressType,
  importReportSchema,
  problemPolicies,
} from '../../protocol/imports.ts'
import type { ImportService } from '../import/import-service.ts'
import type { Logger } from '../log.ts'
import { checkPart, jsonAnswer, jsonEndpoint, queryFields } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { importProgress } from './import-progress.ts'
import { actorOf } from './machine-endpoints.ts'

const importQuery = z.object({
  format: z.enum(importFormats),
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('only say what would be imported'),
  onProblem: z
    .enum(problemPolicies)
    .default('stop')
    .describe('skip: leave out what is wrong instead of refusing the file'),
})

/** `/v1/imports`: inventories that others wrote down, to try requests on. */
export function importEndpoints(imports: ImportService, log: Logger): readonly Endpoint[] {
  return [
    {
      method: 'post',
      path: '/v1/imports',
      role: 'operator',
      summary: 'Import machines: the body is the file; all of it is taken or nothing',
      params: null,
      query: importQuery,
      body: null,
      answer: {
        status: 200,
        description:
          'What became of the machines of the file. With `Accept: application/x-ndjson` a line of ' +
          'JSON whenever it got on, and the report or a problem as the last one',
        schema: importReportSchema,
        contentType: 'application/json',
      },
      async run({ request, caller }) {
        const query = queryFields(new URL(request.url).searchParams)
        const { format, dryRun, onProblem } = checkPart(importQuery, query, 'query')
        const body = request.body ?? new Blob([]).stream()
        const order = { format, dryRun, onProblem, actor: actorOf(caller) }
        const wantsProgress = request.headers.get('accept') === importProgressType
        if (wantsProgress) return importProgress((tell) => imports.import(order, body, tell), log)
        return jsonAnswer(200, await imports.import(order, body))
      },
    },
    jsonEndpoint({
      method: 'delete',
      path: '/v1/imports',
      role: 'operator',
      summary: 'Forget all imported machines',
      answer: { status: 200, description: 'How many there were', schema: forgottenSchema },
      handle: ({ caller }) => imports.forget(null, actorOf(caller)),
    }),
    jsonEndpoint({
      method: 'delete',
      path: '/v1/imports/{id}',
      role: 'operator',
      summary: 'Forget an imported machine',
      params: z.object({ id: z.string().min(1).max(64) }),
      answer: { status: 200, description: 'It is gone', schema: forgottenSchema },
      handle: ({ params, caller }) => imports.forget(params.id, actorOf(caller)),
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/imports/match',
      role: 'viewer',
      summary: 'What a request would get if the imported machines were free; holds nothing',
      body: z.strictObject({ request: z.unknown() }),
      answer: {
        status: 200,
        description: 'The explanation; the allocation is always null',
        schema: allocationAnswerSchema,
      },
      handle: ({ body }) => imports.match(body.request),
    }),
  ]
}
