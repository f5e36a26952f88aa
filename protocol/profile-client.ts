import { z } from 'zod'
import { capacitySchema } from './capacity.ts'
import type { CapacityQuery } from './capacity.ts'
import { profileSchema } from './profiles.ts'
import type { WrittenProfile } from './profiles.ts'
import { ifMatch } from './scheduling-client.ts'
import type { ApiCall } from './scheduling-client.ts'

/** Profiles, what the fleet could still serve of them, and the schemas of the language. */
export function profileClient(call: ApiCall) {
  const pathOf = (name: string) => `/v1/profiles/${encodeURIComponent(name)}`
  return {
    profiles: {
      list: () => call('GET', '/v1/profiles', z.array(profileSchema)),
      /** Version null: the newest. */
      get: (name: string, version: string | null = null) => {
        const query = version === null ? '' : `?${new URLSearchParams({ version }).toString()}`
        return call('GET', `${pathOf(name)}${query}`, profileSchema)
      },
      /** `generation`: what the caller has seen, 0 for none; null: whatever it is. */
      put: (name: string, profile: Partial<WrittenProfile>, generation: number | null = null) =>
        call('PUT', pathOf(name), profileSchema, { body: profile, headers: ifMatch(generation) }),
      remove: (name: string, generation: number | null = null) =>
        call('DELETE', pathOf(name), z.undefined(), { headers: ifMatch(generation) }),
    },
    capacity: ({ profile, count }: CapacityQuery = {}) => {
      const query = new URLSearchParams()
      if (profile !== undefined) query.set('profile', profile)
      if (count !== undefined) query.set('count', String(count))
      return call('GET', `/v1/capacity?${query.toString()}`, z.array(capacitySchema))
    },
    /** A JSON Schema, for editors. */
    schema: (name: 'request' | 'profile') =>
      call('GET', `/v1/schemas/${name}`, z.record(z.string(), z.json())),
  }
}
