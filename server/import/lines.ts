import { AppError } from '../../protocol/errors.ts'
import { importLimits, type Line } from './imported-machine.ts'

/**
 * The lines of a text as it streams in, without their ends and without a byte order mark. Throws
 * `unprocessable` for bytes that are no UTF-8 and `too-large` past a limit.
 */
export async function* linesOf(
  body: AsyncIterable<Uint8Array>,
  limits: { readonly lineBytes: number } = importLimits,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const open = new OpenLine(limits.lineBytes)
  for await (const part of body) {
    const text = decode(decoder, part, open.number)
    let from = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      yield open.end(text.slice(from, end))
      from = end + 1
    }
    open.add(text.slice(from))
  }
  open.add(decode(decoder, null, open.number))
  if (!open.isEmpty) yield open.end('')
}

/** The line whose end has not come yet. A long one comes in many parts: none is looked at twice. */
class OpenLine {
  readonly #lengthMaximum: number
  #parts: string[] = []
  #length = 0
  #number = 1

  constructor(lengthMaximum: number) {
    this.#lengthMaximum = lengthMaximum
  }

  /** Lines count from 1. */
  get number(): number {
    return this.#number
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  add(part: string): void {
    if (part === '') return
    this.#parts.push(part)
    this.#length += part.length
    if (this.#length <= this.#lengthMaximum) return
    throw new AppError(
      'too-large',
      `line ${this.#number} is over ${this.#lengthMaximum} characters`,
    )
  }

  end(part: string): Line {
    this.add(part)
    const text = this.#parts.length === 1 ? (this.#parts[0] ?? '') : this.#parts.join('')
    const line = { number: this.#number, text: text.endsWith('\r') ? text.slice(0, -1) : text }
    this.#parts = []
    this.#length = 0
    this.#number += 1
    return line
  }
}

function decode(decoder: TextDecoder, part: Uint8Array | null, line: number): string {
  try {
    return part === null ? decoder.decode() : decoder.decode(part, { stream: true })
  } catch (cause) {
    throw new AppError('unprocessable', `line ${line} or after it is no UTF-8 text`, {}, { cause })
  }
}
