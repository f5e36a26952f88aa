import { Document, isPair, isScalar, isSeq, visit } from 'yaml'
import type { Json } from '../../protocol/canonical.ts'
import { AppError } from '../../protocol/errors.ts'
import type { MatchJson } from '../../protocol/request/expression.ts'
import { type ChoiceJson, type RequestJson, requestToJson } from '../../protocol/request/written.ts'
import { parseRequest } from '../../protocol/request.ts'

/** A canonical request as a person would write it in YAML: what goes without saying is left out. */
export function requestYaml(request: RequestJson): string {
  const document = new Document(shortRequest(request))
  visit(document, {
    Collection(_, node, path) {
      const inside = path.at(-1)
      if (isPair(inside)) node.flow = !blocks.has(nameOf(inside))
      else if (isSeq(inside)) node.flow = !blockLists.has(nameOf(path.at(-2)))
    },
  })
  return document.toString({ lineWidth: 0 })
}

/** What stands below each other; everything else is short enough for one line. */
const blocks = new Set(['roles', 'alternatives', 'constraints', 'prefer', 'match', 'and', 'or'])
/** Lists whose items are of several lines. */
const blockLists = new Set(['roles', 'alternatives'])

/** A request in YAML, out of its canonical form; what is not understood stays JSON. */
export function requestText(request: unknown): string {
  try {
    return requestYaml(requestToJson(parseRequest(request)))
  } catch (error) {
    if (error instanceof AppError) return JSON.stringify(request, null, 2)
    throw error
  }
}

/** The request without defaults. Reading it gives the same request again. */
export function shortRequest(request: RequestJson): Readonly<Record<string, unknown>> {
  const { roles, constraints, labels, ...rest } = request
  const names = roles.map(({ name }) => name).join()
  return {
    roles: roles.map(({ name, machines, alternatives, ...choice }) => ({
      name,
      ...shortChoice(choice),
      ...(machines === undefined ? {} : { machines }),
      ...(alternatives === undefined
        ? {}
        : {
            alternatives: alternatives.map((one) => ({ ...one, match: compactMatch(one.match) })),
          }),
    })),
    ...(constraints.length === 0
      ? {}
      : {
          constraints: constraints.map(({ roles, ...constraint }) =>
            roles.join() === names ? constraint : { ...constraint, roles },
          ),
        }),
    ...rest,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  }
}

function shortChoice({ count, match, prefer }: ChoiceJson): Readonly<Record<string, unknown>> {
  const compact = compactMatch(match)
  return {
    count,
    ...(Object.keys(compact).length === 0 ? {} : { match: compact }),
    ...(prefer.length === 0
      ? {}
      : {
          prefer: prefer.map(({ attribute, order, weight }) =>
            weight === 1 ? { attribute, order } : { attribute, order, weight },
          ),
        }),
  }
}

/** `{and: [{a: ...}, {b: ...}]}` as `{a: ..., b: ...}`, where the order of the conditions stays. */
export function compactMatch(match: MatchJson): MatchJson {
  const { and, ...others } = match
  if (!Array.isArray(and) || Object.keys(others).length > 0) return match
  const merged: Record<string, Json> = {}
  for (const part of and) {
    const entry = entryOf(part)
    if (entry === null) return match
    const [name, condition] = entry
    const before = merged[name]
    if (before === undefined) {
      merged[name] = condition
      continue
    }
    const joined = name === Object.keys(merged).at(-1) ? join(before, condition) : null
    if (joined === null) return match
    merged[name] = joined
  }
  return merged
}

/** The only entry of a group of conditions. */
function entryOf(part: Json): readonly [string, Json] | null {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return null
  const [entry, ...others] = Object.entries(part)
  if (entry === undefined || others.length > 0 || /^\d+$/.test(entry[0])) return null
  return entry
}

/** Operators of both, where they have none in common. */
function join(a: Json, b: Json): Json | null {
  const [first, second] = [operatorsOf(a), operatorsOf(b)]
  if (first === null || second === null) return null
  const shared = first.some(([name]) => second.some(([other]) => other === name))
  return shared ? null : Object.fromEntries([...first, ...second])
}

function operatorsOf(condition: Json): readonly (readonly [string, Json])[] | null {
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition)) return null
  return Object.entries(condition)
}

function nameOf(pair: unknown): string {
  return isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : ''
}
