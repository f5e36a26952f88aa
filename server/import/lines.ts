import { AppError } from '../../protocol/errors.ts'
import { importLimits, type Line } from './imported-machine.ts'

/**
 * The lines of a text as it streams in, without their ends and without a byte order mark. Throws
 * `unprocessable` for bytes that are no UTF-8 and `too-large` past a limit.
 */
export async function* linesOf(
  body: AsyncIterable<Uint8Array>,
  limits: { readonly fileBytes: number; readonly lineBytes: number } = importLimits,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 0
  let sizeBytes = 0
  let rest = ''
  for await (const part of body) {
    sizeBytes += part.length
    if (sizeBytes > limits.fileBytes) {
      throw new AppError('too-large', `file is over ${limits.fileBytes} bytes, split it`)
    }
    const pieces = (rest + decode(decoder, part, number + 1)).split('\n')
    rest = pieces.pop() ?? ''
    for (const piece of pieces) {
      number += 1
      yield { number, text: checked(piece, number, limits.lineBytes) }
    }
    checked(rest, number + 1, limits.lineBytes)
  }
  const last = rest + decode(decoder, null, number + 1)
  if (last !== '') yield { number: number + 1, text: checked(last, number + 1, limits.lineBytes) }
}

function decode(decoder: TextDecoder, part: Uint8Array | null, line: number): string {
  try {
    return part === null ? decoder.decode() : decoder.decode(part, { stream: true })
  } catch (cause) {
    throw new AppError('unprocessable', `line ${line} or after it is no UTF-8 text`, {}, { cause })
  }
}

function checked(text: string, line: number, lineBytes: number): string {
  if (text.length > lineBytes) {
    throw new AppError('too-large', `line ${line} is over ${lineBytes} characters`)
  }
  return text.endsWith('\r') ? text.slice(0, -1) : text
}
