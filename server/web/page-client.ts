import { z } from 'zod'
import { roles } from '../../protocol/api.ts'
import { createClient } from '../../protocol/client.ts'
import type { Client } from '../../protocol/client.ts'

const sessionSchema = z.object({
  tokenId: z.string(),
  name: z.string(),
  role: z.enum(roles),
  tenant: z.string(),
})
export type Session = z.infer<typeof sessionSchema>

/**
 * The API from the page. The cookie speaks for us, no script ever holds a token. `onBytes` hears of
 * every piece that arrives on a stream: silence tells a dead link.
 */
export function createPageClient(onBytes: () => void): Client {
  return createClient({
    baseUrl: window.location.origin,
    token: '',
    async fetch(request) {
      request.headers.delete('authorization')
      const response = await fetch(request)
      if (response.headers.get('content-type') !== 'text/event-stream') return response
      return new Response(response.body?.pipeThrough(watched(onBytes)) ?? null, response)
    },
  })
}

/** Trades a token for the cookie. Throws what the server says of a token it does not take. */
export async function logIn(token: string): Promise<Session> {
  const response = await fetch('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  const answer: unknown = await response.json()
  if (response.ok) return sessionSchema.parse(answer)
  const { detail } = z.object({ detail: z.string() }).parse(answer)
  throw new Error(detail)
}

export async function logOut(): Promise<void> {
  await fetch('/logout', { method: 'POST' })
}

function watched(onBytes: () => void): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      onBytes()
      controller.enqueue(chunk)
    },
  })
}
