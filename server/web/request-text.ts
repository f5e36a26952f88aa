import type { Document } from 'yaml'
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { AppError } from '../../protocol/errors.ts'
import { requestLimits } from '../../protocol/request/limits.ts'

/** Something wrong in the text of a request, with its line from 1; null: nobody can tell where. */
export interface TextProblem {
  readonly path: string
  readonly message: string
  readonly line: number | null
}

export type RequestText =
  | {
      readonly kind: 'read'
      readonly document: Document
      /** What goes to the server, which judges it. */
      readonly value: unknown
      /** The line of the innermost part of a problem's path that is written down. */
      lineOf(path: string, message: string): number | null
    }
  | { readonly kind: 'unreadable'; readonly problems: readonly TextProblem[] }

/** Reads YAML or JSON as far as that takes no knowledge of requests. */
export function readRequestText(text: string): RequestText {
  if (text.length > requestLimits.textBytes) {
    return unreadable(`has ${text.length} characters; ${requestLimits.textBytes} is the most`)
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true })
  if (document.errors.length > 0) {
    return {
      kind: 'unreadable',
      problems: document.errors.slice(0, 20).map(({ message, linePos }) => ({
        path: '',
        message: message.replace(/ at line \d+, column \d+:[^]*$/, ''),
        line: linePos?.[0].line ?? null,
      })),
    }
  }
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    // Aliases that would unfold without end, what `<<` cannot merge.
    return unreadable(error instanceof Error ? error.message : String(error))
  }
  if (value === null || value === undefined) return unreadable('there is no request here')
  const lineOf = (path: string, message: string) => {
    const offset = offsetOf(document.contents, path, fieldNamed(message))
    return offset === null ? null : lines.linePos(offset).line
  }
  return { kind: 'read', document, value, lineOf }
}

/** The problems that the server found, each with its line; null for an error of another kind. */
export function problemsOf(error: unknown, text: RequestText): readonly TextProblem[] | null {
  if (!(error instanceof AppError) || error.code !== 'unprocessable') return null
  const { problems } = error.details
  const listed: readonly unknown[] = Array.isArray(problems) ? problems : []
  return listed.flatMap((problem) => {
    if (typeof problem !== 'object' || problem === null) return []
    const path = 'path' in problem ? String(problem.path) : ''
    const message = 'message' in problem ? String(problem.message) : ''
    return [{ path, message, line: text.kind === 'read' ? text.lineOf(path, message) : null }]
  })
}

function unreadable(message: string): RequestText {
  return { kind: 'unreadable', problems: [{ path: '', message, line: null }] }
}

/** A field nobody knows is told of with the path of what it stands in. */
function fieldNamed(message: string): string | null {
  return /^there is no field '([^']+)'/.exec(message)?.[1] ?? null
}

/**
 * Where a path such as `roles[0].match.memory.size.gte` leads. Names have dots themselves, so the
 * longest key that fits is taken.
 */
function offsetOf(contents: unknown, path: string, field: string | null): number | null {
  let node = contents
  let rest = path
  let offset: number | null = null
  for (;;) {
    const index = /^\[(\d+)\]/.exec(rest)
    if (isSeq(node) && index !== null) {
      const item = node.items[Number(index[1])]
      if (item === undefined) return offset
      offset = startOf(item) ?? offset
      node = item
      rest = rest.slice(index[0].length).replace(/^\./, '')
      continue
    }
    const found = isMap(node) ? longestKey(node.items, rest) : null
    if (found === null) break
    offset = startOf(found.key) ?? offset
    node = found.value
    rest = rest.slice(found.name.length).replace(/^\./, '')
  }
  if (field === null || rest !== '' || !isMap(node)) return offset
  const named = node.items.find(({ key }) => nameOf(key) === field)
  return startOf(named?.key) ?? offset
}

function longestKey(
  items: readonly { readonly key: unknown; readonly value: unknown }[],
  rest: string,
): { readonly key: unknown; readonly value: unknown; readonly name: string } | null {
  const fitting = items
    .map(({ key, value }) => ({ key, value, name: nameOf(key) }))
    .filter(({ name }) => name !== '' && rest.startsWith(name) && endsAt(rest, name.length))
  return fitting.toSorted((a, b) => b.name.length - a.name.length)[0] ?? null
}

function endsAt(text: string, index: number): boolean {
  return index === text.length || text[index] === '.' || text[index] === '['
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : ''
}

function startOf(node: unknown): number | null {
  const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : null
  return range?.[0] ?? null
}
