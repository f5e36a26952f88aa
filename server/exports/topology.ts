import { createHash } from 'node:crypto'
import type { HostRail } from '../../protocol/fabric.ts'
import type { ExportNode } from './export-node.ts'

/** A switch, or a place that stands for one: a leaf holds hosts, every other one switches. */
export type Switch =
  | { readonly kind: 'leaf'; readonly name: string; readonly hosts: readonly string[] }
  | { readonly kind: 'above'; readonly name: string; readonly below: readonly Switch[] }

/**
 * Leaf switches that the rails of a machine end on, by name, sorted. Null where it has no rails, or
 * where the link of one was not seen: that leaves it open where the machine is.
 */
export function leavesOn(
  rails: readonly Pick<HostRail, 'leafId' | 'leafName'>[],
): readonly string[] | null {
  const names = rails.map(({ leafId, leafName }) => leafName ?? leafId)
  const known = names.filter((name) => name !== null)
  return known.length === 0 || known.length < names.length ? null : [...new Set(known)].toSorted()
}

/** Hosts that are near each other. */
export interface Block {
  readonly name: string
  readonly hosts: readonly string[]
}

/** Blocks, and what makes hosts of one block near. */
export interface Blocks {
  readonly source: string
  readonly blocks: readonly Block[]
}

/** Labels above the leaf, the nearest first. */
const placeLevels = ['rack', 'row', 'room', 'site'] as const

/**
 * The tree of switches over some hosts, as far as it is known: leaves by the label `leaf` or by the
 * fabric, and above them the levels that are known for all and never cut a group of the level below.
 * A host whose leaf is not known gets a switch of its own: nothing is claimed to be near it.
 */
export function switchTree(
  nodes: readonly ExportNode[],
  hostOf: (node: ExportNode) => string,
): readonly Switch[] {
  const names = new Names()
  const groups = grouped(nodes, (node) => leafOf(node) ?? `alone-${hostOf(node)}`)
  let level: Placed[] = groups.map(([name, members]) => ({
    node: { kind: 'leaf', name: names.unique(name), hosts: members.map(hostOf).toSorted() },
    members,
  }))
  for (const label of placeLevels) {
    const above = groupAbove(level, label)
    if (above === null || above.length === level.length) continue
    level = above.map(([value, placed]) => ({
      node: {
        kind: 'above',
        name: names.unique(`${label}-${value}`),
        below: placed.map(({ node }) => node),
      },
      members: placed.flatMap(({ members }) => members),
    }))
  }
  const tops = level.map(({ node }) => node)
  if (tops.length < 2) return tops
  return [{ kind: 'above', name: names.unique('fabric'), below: tops }]
}

interface Placed {
  readonly node: Switch
  readonly members: readonly ExportNode[]
}

/** Groups of a level by a label; null where a group has none or several, or nothing would join. */
function groupAbove(
  level: readonly Placed[],
  label: string,
): readonly (readonly [string, readonly Placed[]])[] | null {
  const byValue = new Map<string, Placed[]>()
  for (const placed of level) {
    const values = new Set(placed.members.map(({ labels }) => labels[label] ?? ''))
    const [value] = values
    if (values.size !== 1 || value === undefined || value === '') return null
    byValue.set(value, [...(byValue.get(value) ?? []), placed])
  }
  return [...byValue].toSorted(byName)
}

/** Hosts on the same leaves in every rail are near; one on others, or on unknown ones, is not. */
function leafOf({ labels, leaves }: ExportNode): string | null {
  const label = labels['leaf']
  if (label !== undefined && label !== '') return `leaf-${label}`
  if (leaves === null) return null
  return leaves.length === 1 ? `leaf-${leaves[0]}` : `leaves-${leaves.join('-')}`
}

/**
 * Blocks of near hosts: NVLink domains, else leaf groups, else racks; the first of these that is
 * known for every host. Where none is, each host is a block of its own.
 */
export function blocksOf(
  nodes: readonly ExportNode[],
  hostOf: (node: ExportNode) => string,
): Blocks {
  const sources: readonly (readonly [string, (node: ExportNode) => string | null])[] = [
    ['NVLink domain', nvLinkDomainOf],
    ['leaf', leafOf],
    ['rack', ({ labels }) => prefixed('rack', labels['rack'])],
    ['nothing known: each host by itself', (node) => `alone-${hostOf(node)}`],
  ]
  const chosen = sources.find(([, keyOf]) => nodes.every((node) => keyOf(node) !== null))
  const [source, keyOf] = chosen ?? ['', () => '']
  const names = new Names()
  return {
    source,
    blocks: grouped(nodes, (node) => keyOf(node) ?? '').map(([name, members]) => ({
      name: names.unique(name),
      hosts: members.map(hostOf).toSorted(),
    })),
  }
}

/** By its GPUs, which all tell the same cluster and clique, else by a label. */
export function nvLinkDomainOf({ labels, inventory }: ExportNode): string | null {
  const gpus = inventory.gpu?.gpus.filter(({ kind }) => kind !== 'console') ?? []
  const told = new Set(
    gpus.map(({ management }) => {
      const fabric = management?.fabric ?? null
      const cluster = fabric?.state === 'completed' ? fabric.clusterUuid : null
      // All zeros: the fabric of one machine by itself.
      return cluster === null || /^[0-]+$/.test(cluster)
        ? ''
        : `${cluster}.${fabric?.cliqueId ?? 0}`
    }),
  )
  const [domain] = told
  if (told.size === 1 && domain !== undefined && domain !== '') return `nvlink-${domain}`
  return prefixed('nvlink', labels['nvlink-domain'] ?? labels['nvlink'])
}

function prefixed(prefix: string, value: string | undefined): string | null {
  return value === undefined || value === '' ? null : `${prefix}-${value}`
}

/** By key, sorted. */
function grouped(
  nodes: readonly ExportNode[],
  keyOf: (node: ExportNode) => string,
): readonly (readonly [string, readonly ExportNode[]])[] {
  return [...Map.groupBy(nodes, keyOf)].toSorted(byName)
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Slurm's limit is 64, topology.conf(5); the rest is for telling names apart. */
const nameLength = 56

/** Names of switches and blocks: letters, digits, `.`, `_` and `-`, each once. */
class Names {
  readonly #given = new Set<string>()

  unique(wanted: string): string {
    const word = shortened(wanted)
    for (let tried = 1; ; tried += 1) {
      const name = tried === 1 ? word : `${word}.${tried}`
      if (this.#given.has(name)) continue
      this.#given.add(name)
      return name
    }
  }
}

/** A long name ends in 8 digits of its hash, so that it stays the same from export to export. */
function shortened(text: string): string {
  const word = text.replaceAll(/[^A-Za-z0-9._-]+/g, '-')
  if (word.length <= nameLength) return word
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8)
  return `${word.slice(0, nameLength - 9)}-${hash}`
}
