import type { Document } from 'yaml'
import { isMap, isNode, isScalar, isSeq, visit } from 'yaml'
import { AppError } from '../../protocol/errors.ts'
import { applyChanges } from '../../protocol/request/apply-changes.ts'
import type { RequestChange } from '../../protocol/request/change.ts'
import { type MatchJson, conjuncts } from '../../protocol/request/expression.ts'
import { parseMatch } from '../../protocol/request/parse-match.ts'
import { type ProfileLookup, noProfiles } from '../../protocol/request/profile.ts'
import { Problems } from '../../protocol/request/problems.ts'
import { type RequestJson, requestToJson } from '../../protocol/request/written.ts'
import { parseRequest, type Request } from '../../protocol/request.ts'
import { compactMatch, requestYaml, shortRequest } from './request-layout.ts'
import { readRequestText } from './request-text.ts'

/**
 * The text of a request with changes made as an explanation suggests them. What they do not touch
 * stays as it was written, comments too; where that cannot be done the whole is written anew. A
 * condition of a profile is nobody's to change here: the profile's conditions are written out instead
 * of its name.
 * @throws {AppError} where the text is no request, or names a profile that is not among `profiles`
 */
export function changeRequestText(
  text: string,
  changes: readonly RequestChange[],
  profiles: ProfileLookup = noProfiles,
): string {
  const read = readRequestText(text)
  if (read.kind === 'unreadable') throw new AppError('unprocessable', 'Cannot read the request')
  const before = parseRequest(read.value, profiles)
  const wanted = requestToJson(applyChanges(before, changes))
  const isJson = text.trimStart().startsWith('{')
  const edited = edit(read.document, changes, { before, wanted })
  if (edited !== null) {
    const written = isJson
      ? `${JSON.stringify(edited.toJS(), null, 2)}\n`
      : edited.toString({ lineWidth: 0 })
    if (means(written, wanted, profiles)) return written
  }
  return isJson ? `${JSON.stringify(shortRequest(wanted), null, 2)}\n` : requestYaml(wanted)
}

/** Alternatives take what they do not say from their role, so a changed role may change them. */
function means(text: string, wanted: RequestJson, profiles: ProfileLookup): boolean {
  const read = readRequestText(text)
  if (read.kind === 'unreadable') return false
  try {
    return comparable(requestToJson(parseRequest(read.value, profiles))) === comparable(wanted)
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

function comparable(request: RequestJson): string {
  const roles = request.roles.map((role) => ({ ...role, alternatives: [] }))
  return JSON.stringify({ ...request, roles })
}

/** A request without the changes, and with them. */
interface Meaning {
  readonly before: Request
  readonly wanted: RequestJson
}

/** Null where a change has no place of its own in the text. */
function edit(
  document: Document,
  changes: readonly RequestChange[],
  meaning: Meaning,
): Document | null {
  const edited = document.clone()
  // Those with the highest number first: the numbers of the others stay.
  const numberOf = (change: RequestChange) =>
    change.kind === 'clause' ? change.clause : change.kind === 'constraint' ? change.constraint : 0
  const isDone = changes
    .toSorted((a, b) => numberOf(b) - numberOf(a))
    .every((change) => isMap(edited.contents) && editOne(edited, change, meaning))
  return isDone && !hasLostAlias(edited) ? edited : null
}

/** What other parts refer to is no longer there. */
function hasLostAlias(document: Document): boolean {
  let isLost = false
  visit(document, {
    Alias(_, alias) {
      isLost ||= alias.resolve(document) === undefined
    },
  })
  return isLost
}

function editOne(document: Document, change: RequestChange, meaning: Meaning): boolean {
  switch (change.kind) {
    case 'attested':
      return remove(document, ['security', 'attested'])
    case 'constraint': {
      const at = ['constraints', change.constraint]
      if (!isMap(document.getIn(at))) return false
      if (change.max === null) return remove(document, at)
      document.setIn([...at, 'kind'], 'spread')
      document.setIn([...at, 'max'], change.max)
      return true
    }
    case 'clause':
    case 'count':
    case 'machines': {
      const role = meaning.before.roles.findIndex(({ name }) => name === change.role)
      const before = meaning.before.roles[role]
      const written = meaning.wanted.roles[role]
      const at = ['roles', role]
      if (before === undefined || written === undefined) return false
      if (!isMap(document.getIn(at))) return false
      if (change.kind === 'count') {
        document.setIn([...at, 'count'], document.createNode(written.count, { flow: true }))
        return true
      }
      if (change.kind === 'machines') {
        return !document.has('machines') && remove(document, [...at, 'machines'])
      }
      if (document.hasIn([...at, 'profile'])) {
        const clauses = conjuncts(before.match).length
        return editBesideProfile(document, at, change, { clauses, ...written })
      }
      return editClause(document, [...at, 'match'], change, written.match)
    }
  }
}

/** The role's own conditions come after those of its profile. */
function editBesideProfile(
  document: Document,
  at: readonly (string | number)[],
  change: Extract<RequestChange, { readonly kind: 'clause' }>,
  whole: {
    readonly clauses: number
    readonly match: MatchJson
    readonly prefer: RequestJson['roles'][number]['prefer']
  },
): boolean {
  const own = document.getIn([...at, 'match'])
  const ownClauses = isMap(own) ? clausesOf(own.toJS(document)) : 0
  if (ownClauses !== null) {
    const clause = change.clause - (whole.clauses - ownClauses)
    const path = [...at, 'match']
    if (clause >= 0 && editEntry(document, path, { ...change, clause })) return true
  }
  document.deleteIn([...at, 'profile'])
  document.setIn([...at, 'match'], matchNode(document, whole.match))
  if (whole.prefer.length > 0) {
    const prefer = document.createNode(whole.prefer)
    for (const item of prefer.items) if (isMap(item)) item.flow = true
    document.setIn([...at, 'prefer'], prefer)
  }
  return true
}

/** In the entry that the clause came from where it has one of its own, else all of `match` anew. */
function editClause(
  document: Document,
  at: readonly (string | number)[],
  change: Extract<RequestChange, { readonly kind: 'clause' }>,
  whole: MatchJson,
): boolean {
  if (editEntry(document, at, change)) return true
  document.setIn(at, matchNode(document, whole))
  return true
}

/** Conditions with one on each line, as people write them. */
function matchNode(document: Document, match: MatchJson) {
  const node = document.createNode(compactMatch(match))
  for (const { value } of isMap(node) ? node.items : []) {
    if (isMap(value) || isSeq(value)) value.flow = true
  }
  return node
}

/** False where the clause has no entry of its own that the change fits into. */
function editEntry(
  document: Document,
  at: readonly (string | number)[],
  { clause, match }: Extract<RequestChange, { readonly kind: 'clause' }>,
): boolean {
  const node = document.getIn(at)
  const found = isMap(node) ? entryOf(node.toJS(document), clause) : null
  const names = Object.keys(match)
  if (found !== null && isMap(node)) {
    if (names.length === 0) return remove(document, [...at, found])
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === found)
    if (pair !== undefined && names.length === 1 && names[0] === found) {
      const relaxed = document.createNode(match[found], { flow: true })
      if (isNode(pair.value) && isNode(relaxed)) relaxed.comment = pair.value.comment ?? null
      pair.value = relaxed
      return true
    }
  }
  return false
}

/** How many clauses the conditions of a role come to; null where they are not understood. */
function clausesOf(match: unknown): number | null {
  const parsed = parseMatch(match, 'match', { problems: new Problems(), clauses: 0 })
  return parsed === null ? null : conjuncts(parsed).length
}

/** The name of the entry that is this clause and nothing else; null where none is. */
function entryOf(match: unknown, clause: number): string | null {
  let before = 0
  for (const [name, condition] of Object.entries(typeof match === 'object' ? (match ?? {}) : {})) {
    const reading = { problems: new Problems(), clauses: 0 }
    const parsed = parseMatch({ [name]: condition }, 'match', reading)
    if (parsed === null) return null
    const count = conjuncts(parsed).length
    if (clause < before + count) return count === 1 ? name : null
    before += count
  }
  return null
}

/** Removes an entry, and what is empty without it. */
function remove(document: Document, at: readonly (string | number)[]): boolean {
  if (!document.hasIn(at) || !document.deleteIn(at)) return false
  const parent = at.slice(0, -1)
  const node = parent.length === 0 ? null : document.getIn(parent)
  const isEmpty =
    typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items)
      ? node.items.length === 0
      : false
  return isEmpty ? document.deleteIn(parent) : true
}
