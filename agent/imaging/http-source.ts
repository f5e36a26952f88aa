import { z } from 'zod'
import type { Clock, Random } from '../../protocol/effects.ts'
import { AppError, DecodeError } from '../../protocol/errors.ts'
import { indexSizeMaximumBytes } from '../../protocol/image.ts'

/** What fetching needs of the world. */
export interface FetchEffects {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly clock: Clock
  readonly random: Random
}

/** A body that brings no byte for this long is given up. */
const stallSeconds = 15

/** Attempts for one range: with the pauses between them they outlast a server's restart (80 s). */
const attemptsMaximum = 14
const pauseMaximumSeconds = 8

/** Wrong bytes are asked for again this often: a cache on the way may be at fault, not the image. */
const damageMaximum = 2

/** An answer that another attempt does not change. */
class FinalError extends AppError {}

/**
 * Runs `attempt` until it gives an answer, with growing, scattered pauses. What the server refuses
 * for good, and bytes that stay wrong, end it at once. The last error is thrown.
 */
export async function withRetries<T>(
  effects: FetchEffects,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tried = 1, damaged = 0; ; tried += 1) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof DecodeError) damaged += 1
      if (error instanceof FinalError || damaged > damageMaximum || tried === attemptsMaximum) {
        throw error
      }
    }
    const pauseSeconds = Math.min(pauseMaximumSeconds, 0.25 * 2 ** (tried - 1))
    await effects.clock.sleep(pauseSeconds * 1000 * (0.5 + effects.random.fraction()), signal)
  }
}

/** One range of a file over HTTP. */
export interface ByteRange {
  readonly url: string
  readonly offsetBytes: number
  readonly lengthBytes: number
  /** Size of the whole file, which the server must agree with. */
  readonly totalBytes: number
}

/**
 * Fetches one range into `buffer` and returns the filled part. One attempt. Throws when the server
 * ignores ranges, has a file of another size, ends early, sends more, or falls silent.
 */
export async function fetchRange(
  effects: FetchEffects,
  range: ByteRange,
  buffer: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { url, offsetBytes, lengthBytes, totalBytes } = range
  const last = offsetBytes + lengthBytes - 1
  const headers = { range: `bytes=${offsetBytes}-${last}`, 'accept-encoding': 'identity' }
  return await withBody(effects, { url, headers, signal }, async (response, chunks) => {
    checkStatus(response, url)
    if (response.status !== 206) {
      throw new FinalError('unprocessable', `'${url}' is served without ranges, which are needed`)
    }
    const found = response.headers.get('content-range')
    const wanted = `bytes ${offsetBytes}-${last}/${totalBytes}`
    if (found !== wanted) throw new DecodeError(`'${url}' sent '${found}', asked was '${wanted}'`)
    const filled = await fill(chunks, buffer.subarray(0, lengthBytes))
    if (filled !== lengthBytes) {
      throw new Error(`'${url}' ended after ${filled} of ${lengthBytes} bytes`)
    }
    return buffer.subarray(0, lengthBytes)
  })
}

/** Fetches a JSON file of at most {@link indexSizeMaximumBytes}, with retries. */
export async function fetchJson(
  effects: FetchEffects,
  url: string,
  signal: AbortSignal,
): Promise<unknown> {
  return await withRetries(effects, signal, () =>
    withBody(effects, { url, headers: {}, signal }, async (response, chunks) => {
      checkStatus(response, url)
      const parts: Uint8Array[] = []
      let size = 0
      for await (const chunk of chunks) {
        size += chunk.length
        if (size > indexSizeMaximumBytes) {
          throw new FinalError(
            'too-large',
            `'${url}' is longer than ${indexSizeMaximumBytes} bytes`,
          )
        }
        parts.push(chunk)
      }
      const parsed = jsonText.safeParse(Buffer.concat(parts).toString('utf8'))
      if (!parsed.success) throw new DecodeError(`'${url}' is not JSON`)
      return parsed.data
    }),
  )
}

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    context.addIssue(String(error))
    return z.NEVER
  }
})

/** Runs `use` over a response whose body is watched: silence for `stallSeconds` aborts it. */
async function withBody<T>(
  effects: FetchEffects,
  request: {
    readonly url: string
    readonly headers: Record<string, string>
    readonly signal: AbortSignal
  },
  use: (response: Response, chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const stall = new AbortController()
  const stalled = new Error(`'${request.url}' sent nothing for ${stallSeconds} s`)
  let timer = effects.clock.after(stallSeconds * 1000, () => stall.abort(stalled))
  const onData = () => {
    timer[Symbol.dispose]()
    timer = effects.clock.after(stallSeconds * 1000, () => stall.abort(stalled))
  }
  const signal = AbortSignal.any([request.signal, stall.signal])
  try {
    const response = await effects.fetch(request.url, { headers: request.headers, signal })
    onData()
    return await use(response, watched(response, onData))
  } catch (error) {
    stall.abort(error)
    throw error
  } finally {
    timer[Symbol.dispose]()
  }
}

async function* watched(response: Response, onData: () => void): AsyncGenerator<Uint8Array> {
  if (response.body === null) return
  for await (const chunk of response.body) {
    onData()
    yield chunk
  }
}

async function fill(chunks: AsyncIterable<Uint8Array>, buffer: Uint8Array): Promise<number> {
  let filled = 0
  for await (const chunk of chunks) {
    if (filled + chunk.length > buffer.length) {
      throw new DecodeError(`server sent more than the ${buffer.length} bytes asked for`)
    }
    buffer.set(chunk, filled)
    filled += chunk.length
  }
  return filled
}

function checkStatus(response: Response, url: string): void {
  if (response.ok) return
  const message = `'${url}' answered ${response.status} ${response.statusText}`
  const isPassing = response.status >= 500 || response.status === 408 || response.status === 429
  throw isPassing ? new Error(message) : new FinalError('unavailable', message)
}
