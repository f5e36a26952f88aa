import { AppError } from '../../../protocol/errors.ts'
import type { Line } from '../imported-machine.ts'
import { importLimits } from '../imported-machine.ts'

/** A JSON value out of a text, and the line it begins on. */
export interface JsonDocument {
  readonly line: number
  readonly text: string
}

/**
 * Cuts a text into its top-level JSON values: one a line, one over many lines, or several one after
 * the other. The members of a list, and of the list `items` of an object, come each by itself, and
 * what was around them after them, with an empty list: so that a whole fleet in one value is never
 * held at once. Nothing is parsed here; what is no JSON comes out as a document that does not parse.
 * Throws `too-large` for a value that is longer than the limit.
 */
export async function* documentsOf(lines: AsyncIterable<Line>): AsyncGenerator<JsonDocument> {
  const cutter = new Cutter()
  for await (const line of lines) yield* cutter.take(line)
  yield* cutter.end()
}

/** A value whose end has not come yet. */
interface OpenValue {
  /** Where it begins; null: nothing of it was there yet. */
  line: number | null
  readonly parts: string[]
  length: number
}

class Cutter {
  /** The top-level value that is open, without the members of its list. */
  #outer: OpenValue = emptyValue()
  /** The member that is open while its list is. */
  #member: OpenValue = emptyValue()
  #hasMembers = false
  /** Objects and lists that are open. */
  #depth = 0
  /** Depth inside the list that is cut; null: none is open. */
  #listDepth: number | null = null
  #isObject = false
  /** The last text at depth 1, and whether a colon came after it. */
  #key: { readonly text: string; hasColon: boolean } | null = null

  /** Whether the list that begins here is the one whose members come by themselves. */
  #isListToCut(): boolean {
    if (this.#listDepth !== null) return false
    if (this.#depth === 0) return true
    const isItems = this.#key?.text === 'items' && this.#key.hasColon
    return this.#depth === 1 && this.#isObject && isItems
  }

  *take({ number, text }: Line): Generator<JsonDocument> {
    if (this.#outer.line === null && text.trim() === '') return
    let from = 0
    for (let at = 0; at < text.length; at += 1) {
      switch (text.charCodeAt(at)) {
        case quote: {
          const end = endOfText(text, at)
          if (this.#depth === 1) this.#key = { text: text.slice(at + 1, end), hasColon: false }
          at = end
          break
        }
        case colon:
          if (this.#key !== null) this.#key.hasColon = true
          break
        case openBrace:
          if (this.#depth === 0) this.#isObject = true
          this.#depth += 1
          break
        case openBracket: {
          const isCut = this.#isListToCut()
          this.#depth += 1
          if (!isCut) break
          this.#add(this.#outer, number, text.slice(from, at + 1))
          this.#listDepth = this.#depth
          from = at + 1
          break
        }
        case comma:
          if (this.#listDepth !== this.#depth) {
            if (this.#depth === 1) this.#key = null
            break
          }
          this.#add(this.#member, number, text.slice(from, at))
          yield this.#endMember(number)
          this.#hasMembers = true
          from = at + 1
          break
        case closeBrace:
        case closeBracket:
          if (this.#listDepth === this.#depth) {
            this.#add(this.#member, number, text.slice(from, at))
            if (this.#hasMembers || this.#member.line !== null) yield this.#endMember(number)
            this.#listDepth = null
            from = at
          }
          this.#depth -= 1
      }
    }
    const isInList = this.#listDepth !== null
    this.#add(isInList ? this.#member : this.#outer, number, text.slice(from))
    if (this.#depth <= 0) yield this.#endOuter()
  }

  /** What was not closed does not parse. */
  *end(): Generator<JsonDocument> {
    if (this.#outer.line === null) return
    if (this.#member.line !== null) yield this.#endMember(this.#member.line)
    yield this.#endOuter()
  }

  #add(value: OpenValue, line: number, text: string): void {
    if (value.line === null) {
      if (text.trim() === '') return
      value.line = line
    }
    value.parts.push(text)
    value.length += text.length
    if (value.length <= importLimits.documentBytes) return
    const what = `the JSON value that begins on line ${value.line}`
    throw new AppError('too-large', `${what} is over ${importLimits.documentBytes} bytes`)
  }

  #endMember(line: number): JsonDocument {
    const document = { line: this.#member.line ?? line, text: this.#member.parts.join('\n') }
    this.#member = emptyValue()
    return document
  }

  #endOuter(): JsonDocument {
    const document = { line: this.#outer.line ?? 1, text: this.#outer.parts.join('\n') }
    this.#outer = emptyValue()
    this.#hasMembers = false
    this.#depth = 0
    this.#listDepth = null
    this.#isObject = false
    this.#key = null
    return document
  }
}

function emptyValue(): OpenValue {
  return { line: null, parts: [], length: 0 }
}

/**
 * Where the text that begins at `start` ends. A text in JSON has no line end inside, so one that is
 * open at the end of the line is broken, and the value with it.
 */
function endOfText(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at += 1) {
    const code = line.charCodeAt(at)
    if (code === backslash) at += 1
    else if (code === quote) return at
  }
  return line.length
}

const quote = 34
const comma = 44
const colon = 58
const backslash = 92
const openBrace = 123
const closeBrace = 125
const openBracket = 91
const closeBracket = 93
