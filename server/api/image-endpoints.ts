import { z } from 'zod'
import { imageSchema } from '../../protocol/api.ts'
import type { Image } from '../../protocol/api.ts'
import { imageNameSchema, imageVersionSchema } from '../../protocol/image.ts'
import { checkPart, jsonAnswer, jsonEndpoint, queryFields } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

/** The images of this server, for the API. */
export interface ImageLibrary {
  list(): Promise<readonly Image[]>
  /** Throws `not-found`. */
  get(name: string, version: string): Promise<Image>
  /** Takes a raw disk image as it streams in. Throws `conflict` for a version that exists. */
  add(
    image: { readonly name: string; readonly version: string; readonly allowNoGpt: boolean },
    raw: ReadableStream<Uint8Array>,
  ): Promise<Image>
  remove(name: string, version: string): Promise<void>
}

const imageParams = z.object({ name: imageNameSchema, version: imageVersionSchema })
const uploadQuery = z.object({
  allowNoGpt: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('take an image that has no GPT'),
})

/** `/v1/images`: what can be written to a machine. */
export function imageEndpoints(images: ImageLibrary): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/images',
      role: 'viewer',
      summary: 'Images, by name, the newest version first',
      answer: { status: 200, description: 'Images', schema: z.array(imageSchema).readonly() },
      handle: () => images.list(),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/images/{name}/{version}',
      role: 'viewer',
      summary: 'One image',
      params: imageParams,
      answer: { status: 200, description: 'The image', schema: imageSchema },
      handle: ({ params }) => images.get(params.name, params.version),
    }),
    {
      method: 'put',
      path: '/v1/images/{name}/{version}',
      role: 'operator',
      summary: 'Import a raw disk image: the body is the bytes a disk shall hold',
      params: imageParams,
      query: uploadQuery,
      body: null,
      answer: {
        status: 201,
        description: 'The image, signed',
        schema: imageSchema,
        contentType: 'application/json',
      },
      async run({ request, params }) {
        const query = queryFields(new URL(request.url).searchParams)
        const { name, version } = checkPart(imageParams, params, 'path')
        const { allowNoGpt } = checkPart(uploadQuery, query, 'query')
        const raw = request.body ?? new Blob([]).stream()
        return jsonAnswer(201, await images.add({ name, version, allowNoGpt }, raw))
      },
    },
    jsonEndpoint({
      method: 'delete',
      path: '/v1/images/{name}/{version}',
      role: 'operator',
      summary: 'Remove an image; machines that run it are not touched',
      params: imageParams,
      answer: { status: 204, description: 'It is gone', schema: null },
      handle: ({ params }) => images.remove(params.name, params.version),
    }),
  ]
}
