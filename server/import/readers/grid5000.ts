import { DecodeError } from '../../../protocol/errors.ts'
import type { ImportEntry, ImportReader } from '../imported-machine.ts'
import { entryOf, parseJson } from './entry.ts'
import { gridNode } from './grid5000-node.ts'
import { documentsOf } from './json-documents.ts'
import { isFields, type Fields } from './loose.ts'

/**
 * Node descriptions of the Grid'5000 reference API: a node, a list of nodes, an answer with `items`,
 * a site or the whole grid with everything in it (`?deep=1`), or several of these in one file.
 */
export const readGrid5000: ImportReader = async function* (lines) {
  for await (const { line, text } of documentsOf(lines)) {
    let found: readonly FoundNode[]
    try {
      found = nodesIn(parseJson(text))
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      yield { kind: 'problem', line, message: error.message }
      continue
    }
    const places = lineFinder(text, line)
    for (const { node, site, cluster } of found) {
      yield nodeEntry(places(node['uid']), node, { site, cluster })
    }
  }
}

/** Where a node was found: null where the document does not tell. */
export interface GridPlace {
  readonly site: string | null
  readonly cluster: string | null
}

interface FoundNode extends GridPlace {
  readonly node: Fields
}

function nodeEntry(line: number, node: Fields, place: GridPlace): ImportEntry {
  const entry = entryOf(line, () => gridNode(node, place))
  if (entry.kind === 'machine' || typeof node['uid'] !== 'string') return entry
  return { ...entry, message: `node '${node['uid'].slice(0, 64)}': ${entry.message}` }
}

const nowhere: GridPlace = { site: null, cluster: null }

/** The nodes of a document, in its order. Throws DecodeError where it holds something else. */
function nodesIn(value: unknown): readonly FoundNode[] {
  const nodes: FoundNode[] = []
  collect(value, nowhere, 0, nodes)
  return nodes
}

/** A grid holds sites, a site clusters, a cluster nodes, and an answer of the API `items`. */
const levels = 8

function collect(value: unknown, place: GridPlace, depth: number, nodes: FoundNode[]): void {
  if (depth > levels) throw new DecodeError(`is nested more than ${levels} levels deep`)
  if (Array.isArray(value)) {
    for (const item of value) collect(item, place, depth + 1, nodes)
    return
  }
  if (!isFields(value)) throw notOurs(value)
  const { type } = value
  if (type === 'node' || (type === undefined && 'architecture' in value)) {
    nodes.push({ node: value, ...place })
    return
  }
  const within = {
    site: type === 'site' ? uidOf(value) : place.site,
    cluster: type === 'cluster' ? uidOf(value) : place.cluster,
  }
  const inner = ['items', 'sites', 'clusters', 'nodes'].filter((name) => name in value)
  if (inner.length === 0) throw notOurs(value)
  for (const name of inner) {
    const held = value[name]
    // A part may be a list, or an object by uid.
    collect(isFields(held) ? Object.values(held) : held, within, depth + 1, nodes)
  }
}

function uidOf({ uid }: Fields): string | null {
  return typeof uid === 'string' ? uid : null
}

function notOurs(value: unknown): DecodeError {
  const shown = JSON.stringify(value).slice(0, 60)
  return new DecodeError(`'${shown}' is no node, and no list, cluster or site of nodes`)
}

/** Line of the document on which a node names itself; its first line where that is not found. */
function lineFinder(text: string, first: number): (uid: unknown) => number {
  const places = new Map<string, number>()
  let line = first
  let from = 0
  for (const found of text.matchAll(/"uid"\s*:\s*"([^"\\]{1,64})"/g)) {
    for (let end = text.indexOf('\n', from); end !== -1 && end < found.index;) {
      line += 1
      from = end + 1
      end = text.indexOf('\n', from)
    }
    const [, uid = ''] = found
    if (!places.has(uid)) places.set(uid, line)
  }
  return (uid) => (typeof uid === 'string' ? (places.get(uid) ?? first) : first)
}
