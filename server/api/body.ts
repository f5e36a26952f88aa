import { AppError } from '../../protocol/errors.ts'

/**
 * The JSON body of a request, whatever it calls itself: the caller checks it against a schema.
 * An empty body is `undefined`. Throws `too-large` and `bad-request`.
 */
export async function readBody(request: Request, sizeMaximumBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, sizeMaximumBytes)
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new AppError('bad-request', 'request body is not JSON', {}, { cause })
  }
}

/** The body as UTF-8 text; empty without one. Throws `too-large` and `bad-request`. */
export async function readText(request: Request, sizeMaximumBytes: number): Promise<string> {
  const bytes = await readBytes(request, sizeMaximumBytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AppError('bad-request', 'request body is not UTF-8 text', {}, { cause })
  }
}

/** Counts what arrives: the length a client announces is not believed. */
async function readBytes(request: Request, sizeMaximumBytes: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0)
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of request.body) {
    sizeBytes += part.length
    if (sizeBytes > sizeMaximumBytes) {
      throw new AppError('too-large', `request body is over ${sizeMaximumBytes} bytes`)
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}
