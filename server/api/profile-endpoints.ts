import { z } from 'zod'
import { profileSchema, writtenProfileSchema } from '../../protocol/profiles.ts'
import type { ProfileService } from '../profiles/profile-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

const params = z.object({ name: z.string().min(1).max(128) })
const answer = { status: 200, description: 'The profile', schema: profileSchema } as const

/** `/v1/profiles`: named hardware descriptions, with all their versions. */
export function profileEndpoints(profiles: ProfileService): readonly Endpoint[] {
  return [
    jsonEndpoint({
      method: 'get',
      path: '/v1/profiles',
      role: 'viewer',
      summary: 'The newest version of each profile, by name',
      answer: {
        status: 200,
        description: 'Profiles',
        schema: z.array(profileSchema).readonly(),
      },
      handle: () => profiles.list(),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/profiles/{name}',
      role: 'viewer',
      summary: 'One profile: its newest version, or the one that is asked for',
      params,
      query: z.object({ version: z.string().min(1).max(64).optional() }),
      answer,
      handle: ({ params: { name }, query }) => profiles.get(name, query.version ?? null),
    }),
    jsonEndpoint({
      method: 'put',
      path: '/v1/profiles/{name}',
      role: 'operator',
      summary: 'Put a new version of a profile; one equal to the newest changes nothing',
      params,
      body: writtenProfileSchema.partial({ name: true }),
      answer,
      handle: ({ params: { name }, body, caller, ifGeneration }) =>
        profiles.put(name, body, caller.name, ifGeneration),
    }),
    jsonEndpoint({
      method: 'delete',
      path: '/v1/profiles/{name}',
      role: 'operator',
      summary: 'Remove a profile with its versions; nothing that was granted changes',
      params,
      answer: { status: 204, description: 'It is gone', schema: null },
      handle: ({ params: { name }, caller, ifGeneration }) =>
        profiles.remove(name, caller.name, ifGeneration),
    }),
  ]
}
