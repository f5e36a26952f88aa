import { z } from 'zod'
import type { AssayEvent } from '../../protocol/api.ts'
import type { Clock } from '../../protocol/effects.ts'
import { AppError, errorChain } from '../../protocol/errors.ts'
import type { Logger } from '../log.ts'
import type { Service } from '../service.ts'
import type { Endpoint, EndpointRequest } from './endpoint.ts'

/** A silent stream looks dead to proxies, and to the listener itself. */
const heartbeatMs = 5000

/** Bytes a client may be behind before it is cut; it resumes by `Last-Event-ID`. */
const backlogMaximumBytes = 4 * 1024 * 1024

/** `/v1/events`: what happens, as server-sent events (WHATWG HTML §9.2). */
export function eventEndpoints(deps: {
  readonly service: Pick<Service, 'events'>
  readonly clock: Clock
  readonly log: Logger
}): readonly Endpoint[] {
  return [
    {
      method: 'get',
      path: '/v1/events',
      role: 'viewer',
      summary:
        'Events after `since` (or Last-Event-ID), then live ones; without either from now on',
      params: null,
      query: z.object({ since: z.string().regex(/^\d+$/).optional() }),
      body: null,
      answer: {
        status: 200,
        description: 'Server-sent events; the data of each is one event as JSON',
        schema: null,
        contentType: 'text/event-stream',
      },
      run: async (input) => eventStream(deps, input),
    },
  ]
}

function eventStream(
  deps: {
    readonly service: Pick<Service, 'events'>
    readonly clock: Clock
    readonly log: Logger
  },
  { request, signal, recheck }: EndpointRequest,
): Response {
  const since = sinceOf(request)
  const stopping = new AbortController()
  const stopped = AbortSignal.any([signal, stopping.signal])
  const encoder = new TextEncoder()

  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const push = (text: string) => {
          if (stopped.aborted) return
          const bytes = encoder.encode(text)
          if ((controller.desiredSize ?? 0) < bytes.length) {
            stopping.abort(new Error('the client reads too slowly'))
            return
          }
          controller.enqueue(bytes)
        }
        const heartbeat = deps.clock.every(heartbeatMs, () => {
          push(': still here\n\n')
          recheck().catch((error: unknown) => stopping.abort(error))
        })
        push('retry: 1000\n\n')
        const forward = async () => {
          for await (const event of deps.service.events(since, stopped)) push(eventText(event))
        }
        void forward()
          .catch((error: unknown) => {
            if (!stopped.aborted) deps.log.warn('event stream ended', { reason: errorChain(error) })
          })
          .finally(() => {
            heartbeat[Symbol.dispose]()
            closeQuietly(controller)
          })
      },
      cancel() {
        stopping.abort(new Error('the client went away'))
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: backlogMaximumBytes }),
  )
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  })
}

/** One event on the wire. Live events have no id: a client cannot resume at one. */
export function eventText(event: AssayEvent): string {
  const id = event.seq === null ? '' : `id: ${event.seq}\n`
  return `event: ${event.kind}\n${id}data: ${JSON.stringify(event)}\n\n`
}

function sinceOf(request: Request): number | null {
  const text =
    request.headers.get('last-event-id') ?? new URL(request.url).searchParams.get('since') ?? null
  if (text === null || text === '') return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new AppError('bad-request', `event id '${text.slice(0, 40)}' is not a whole number`)
}

/** A stream that its reader has cancelled is closed already. */
function closeQuietly(controller: ReadableStreamDefaultController<Uint8Array>): void {
  if (controller.desiredSize === null || controller.desiredSize === undefined) return
  try {
    controller.close()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}
