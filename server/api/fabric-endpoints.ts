import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { fabricImportSchema, fabricNameSchema, fabricSchema } from '../../protocol/fabric.ts'
import type { FabricService } from '../service.ts'
import { readText } from './body.ts'
import { checkPart, jsonAnswer, jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

const params = z.object({ name: fabricNameSchema })

/** A dump has some 500 bytes for each adapter: this is room for the largest subnet. */
const dumpBytes = 64 * 1024 * 1024

/** `/v1/fabric`: switches, hosts, and on which rail they hang where. */
export function fabricEndpoints(fabric: FabricService): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/fabric',
      role: 'viewer',
      summary: 'The fabric: imported subnets, and what machines hear at their ports',
      answer: { status: 200, description: 'The topology', schema: fabricSchema },
      handle: () => fabric.show(),
    }),
    {
      method: 'put',
      path: '/v1/fabric/{name}',
      role: 'operator',
      summary: 'Import a subnet: the body is what ibnetdiscover printed',
      params,
      query: null,
      body: null,
      answer: {
        status: 200,
        description: 'What was found in it',
        schema: fabricImportSchema,
        contentType: 'application/json',
      },
      async run({ request, params: given, caller }) {
        const { name } = checkPart(params, given, 'path')
        const text = await readText(request, dumpBytes)
        if (text === '') throw new AppError('bad-request', 'request body is empty')
        return jsonAnswer(200, await fabric.import(name, text, caller.name))
      },
    },
    jsonEndpoint({
      method: 'delete',
      path: '/v1/fabric/{name}',
      role: 'operator',
      summary: 'Forget an imported subnet',
      params,
      answer: { status: 204, description: 'It is gone', schema: null },
      handle: ({ params: { name }, caller }) => fabric.remove(name, caller.name),
    }),
  ]
}
