import { type Document, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { AppError } from '../errors.ts'
import { requestLimits } from './limits.ts'

/** Nodes inside each other, keys' values counted: far more than conditions and what they stand in. */
const maxDepth = 128

/** How often aliases may be used, all that they unfold into counted. */
const maxAliases = 100

/** Enough to mend a text in one go. */
const maxProblems = 20

/**
 * The value of a YAML 1.2 or JSON text. A key twice in one map is refused; whole numbers beyond what a
 * double holds are text of their digits; `<<` merges. `what` names the text in errors, "the request".
 * @throws {AppError} `unprocessable`, with each line that is wrong in `details.problems`; `too-large`
 */
export function readYaml(source: string, what: string): unknown {
  if (source.length > requestLimits.textBytes) {
    const most = requestLimits.textBytes
    const detail = `Cannot take ${what} of ${source.length} characters; ${most} is the most`
    throw new AppError('too-large', detail)
  }
  const lines = new LineCounter()
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `line ${line}, column ${col}`
  }
  // Its own search for equal keys compares each with each.
  const options = { lineCounter: lines, merge: true, intAsBigInt: true, uniqueKeys: false } as const
  const document = parseDocument(source, { ...options, prettyErrors: false })
  const messages = document.errors
    .slice(0, maxProblems)
    .map(({ message, pos: [offset] }) => `${at(offset)}: ${message}`)
  if (messages.length === 0) messages.push(...wrongNodes(document, at))
  if (messages.length > 0) throw unreadable(what, messages)
  try {
    return document.toJS({ maxAliasCount: maxAliases })
  } catch (cause) {
    // Aliases that unfold without end, what `<<` cannot merge, tags without a value.
    throw unreadable(what, [cause instanceof Error ? cause.message : String(cause)])
  }
}

/** What is wrong in a text that is YAML; whole numbers become what they are in a request. */
function wrongNodes(document: Document, at: (offset: number) => string): readonly string[] {
  const found: string[] = []
  const add = (offset: number, message: string) => {
    found.push(`${at(offset)}: ${message}`)
    return found.length >= maxProblems ? visit.BREAK : undefined
  }
  visit(document, (_key, node, path) => {
    if (path.length > maxDepth) {
      found.push(`is nested deeper than ${maxDepth} levels`)
      return visit.BREAK
    }
    if (isScalar(node) && typeof node.value === 'bigint') {
      const number = Number(node.value)
      node.value = Number.isSafeInteger(number) ? number : String(node.value)
    }
    if (!isMap(node)) return undefined
    const firsts = new Map<string, number>()
    for (const { key } of node.items) {
      const offset = isScalar(key) ? (key.range?.[0] ?? 0) : (node.range?.[0] ?? 0)
      if (!isScalar(key)) return add(offset, 'a key is no text')
      const name = String(key.value)
      const first = firsts.get(name)
      if (first === undefined) firsts.set(name, offset)
      else return add(offset, `'${name.slice(0, 64)}' stands there twice, first at ${at(first)}`)
    }
    return undefined
  })
  return found
}

function unreadable(what: string, messages: readonly string[]): AppError {
  const [first = 'it is none'] = messages
  const rest = messages.length > 1 ? `; and ${messages.length - 1} more` : ''
  return new AppError('unprocessable', `Cannot read ${what} as YAML or JSON: ${first}${rest}`, {
    problems: messages.map((message) => ({ path: '', message })),
  })
}
