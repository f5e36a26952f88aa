import { AppError } from '../../../protocol/errors.ts'
import type { Line } from '../imported-machine.ts'
import { importLimits } from '../imported-machine.ts'

/** A JSON value that stands by itself in a text, and the line it begins on. */
export interface JsonDocument {
  readonly line: number
  readonly text: string
}

/**
 * Cuts a text into its top-level JSON values: one a line, one over many lines, or several one after
 * the other. Nothing is parsed here; what is no JSON comes out as a document that does not parse.
 * Throws `too-large` for one that is longer than the limit.
 */
export async function* documentsOf(lines: AsyncIterable<Line>): AsyncGenerator<JsonDocument> {
  let open: { readonly line: number; readonly parts: string[]; length: number } | null = null
  let depth = 0
  for await (const { number, text } of lines) {
    if (open === null && text.trim() === '') continue
    open ??= { line: number, parts: [], length: 0 }
    open.parts.push(text)
    open.length += text.length
    if (open.length > importLimits.documentBytes) {
      const what = `the JSON value that begins on line ${open.line}`
      throw new AppError('too-large', `${what} is over ${importLimits.documentBytes} bytes`)
    }
    depth = depthAfter(text, depth)
    if (depth > 0) continue
    yield { line: open.line, text: open.parts.join('\n') }
    open = null
    depth = 0
  }
  if (open !== null) yield { line: open.line, text: open.parts.join('\n') }
}

/**
 * Objects and arrays that are open at the end of a line. A text in JSON has no line end inside, so
 * one that is open there is broken, and the document with it.
 */
function depthAfter(line: string, before: number): number {
  let depth = before
  let inText = false
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at)
    if (inText) {
      if (code === backslash) at += 1
      else if (code === quote) inText = false
    } else if (code === quote) inText = true
    else if (code === openBrace || code === openBracket) depth += 1
    else if (code === closeBrace || code === closeBracket) depth -= 1
  }
  return depth
}

const quote = 34
const backslash = 92
const openBrace = 123
const closeBrace = 125
const openBracket = 91
const closeBracket = 93
