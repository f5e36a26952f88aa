/** A switch with what hangs on it. */
export interface Linked {
  readonly id: string
  readonly hostLinkCount: number
  readonly switches: readonly { readonly id: string; readonly linkCount: number }[]
}

/**
 * A spine may carry a few hosts (a subnet manager): it is one where these are less than this share of
 * its links, and most switches around it have more hosts than it has.
 */
const fewHostsRatio = 0.1

/** How far each switch is from the hosts: 1 for a leaf, 2 for a spine; none for what they cannot reach. */
export function levelsOf(switches: readonly Linked[]): ReadonlyMap<string, number> {
  const byId = new Map(switches.map((one) => [one.id, one]))
  const levels = new Map<string, number>()
  for (const one of switches) if (isLeaf(one, byId)) levels.set(one.id, 1)
  let edge = [...levels.keys()]
  for (let level = 2; edge.length > 0; level++) {
    const above = edge.flatMap((id) => byId.get(id)?.switches.map((link) => link.id) ?? [])
    edge = [...new Set(above)].filter((id) => byId.has(id) && !levels.has(id))
    for (const id of edge) levels.set(id, level)
  }
  return levels
}

function isLeaf(one: Linked, byId: ReadonlyMap<string, Linked>): boolean {
  if (one.hostLinkCount === 0) return false
  const up = one.switches.reduce((sum, { linkCount }) => sum + linkCount, 0)
  if (one.hostLinkCount / (one.hostLinkCount + up) >= fewHostsRatio) return true
  const busier = one.switches.filter(
    ({ id }) => (byId.get(id)?.hostLinkCount ?? 0) > one.hostLinkCount,
  )
  return busier.length * 2 < one.switches.length
}
