import { z } from 'zod'
import { attributes } from '../../protocol/attributes.ts'
import type { AttributeInfo } from '../../protocol/attributes/definition.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

const fieldSchema = z.object({
  name: z.string(),
  type: z.string(),
  unit: z.string().nullable(),
  level: z.string(),
  source: z.string(),
  description: z.string(),
})

/** The registry as the API tells it. */
export const attributeSchema = fieldSchema.extend({
  /** Attributes of each device of a list. */
  fields: z.array(fieldSchema).readonly(),
})

/** `/v1/attributes`: every name that requests and filters know. */
export function attributeEndpoints(): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/attributes',
      role: 'viewer',
      summary: 'The attribute registry',
      answer: {
        status: 200,
        description: 'Attributes; any label is one too, as label.<key>',
        schema: z.array(attributeSchema).readonly(),
      },
      handle: async () =>
        attributes.map((info) => ({ ...presented(info), fields: info.fields.map(presented) })),
    }),
  ]
}

function presented({
  name,
  type,
  unit,
  level,
  source,
  description,
}: AttributeInfo): z.infer<typeof fieldSchema> {
  return { name, type, unit, level, source, description }
}
