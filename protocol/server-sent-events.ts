import { DecodeError } from './errors.ts'

/** The longest line: a machine with everything an agent may say of it, with room to spare. */
const lineLengthMaximum = 8 * 1024 * 1024

/**
 * The `data` of each event in a stream of server-sent events (WHATWG HTML §9.2.6). Throws
 * `DecodeError` for a line over 8 Mi characters.
 */
export async function* serverSentEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  for await (const chunk of stream) {
    // A carriage return at the very end may be the first half of a line's end.
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    if (rest.length > lineLengthMaximum) {
      throw new DecodeError(`event has a line of over ${lineLengthMaximum} characters`)
    }
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
      if (line !== '' || data.length === 0) continue
      yield data.join('\n')
      data = []
    }
  }
}
