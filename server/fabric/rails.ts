/**
 * The ports of each host in the order of its rails, with those that were not seen. Ports are named as
 * the host names them; hosts with equal ports are of one kind. A host that has most ports of a kind
 * that is at least as common, and none beside them, is of that kind: the others of its links were not
 * seen. So a link that is down does not make the rails behind it count as others.
 */
export function portsByHost(
  seen: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const kinds = new Map<string, Kind>()
  for (const ports of seen.values()) {
    const sorted = [...new Set(ports)].toSorted(inOrder)
    const key = sorted.join(' ')
    const known = kinds.get(key)
    kinds.set(key, { ports: sorted, hostCount: (known?.hostCount ?? 0) + 1 })
  }
  const complete = new Map(
    [...kinds].map(([key, kind]) => [key, fullerKind(kind, [...kinds.values()]) ?? kind]),
  )
  return new Map(
    [...seen].map(([host, ports]) => {
      const key = [...new Set(ports)].toSorted(inOrder).join(' ')
      return [host, complete.get(key)?.ports ?? []]
    }),
  )
}

interface Kind {
  readonly ports: readonly string[]
  readonly hostCount: number
}

function fullerKind(kind: Kind, all: readonly Kind[]): Kind | null {
  const fuller = all.filter(
    ({ ports, hostCount }) =>
      ports.length > kind.ports.length &&
      kind.ports.length * 2 > ports.length &&
      hostCount >= kind.hostCount &&
      kind.ports.every((port) => ports.includes(port)),
  )
  const [best] = fuller.toSorted(
    (a, b) =>
      b.hostCount - a.hostCount ||
      a.ports.length - b.ports.length ||
      (a.ports.join(' ') < b.ports.join(' ') ? -1 : 1),
  )
  return best ?? null
}

/** `mlx5_2` before `mlx5_10`: numbers count as numbers. */
export function inOrder(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  for (const [index, part] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (part === other) continue
    const isNumber = /^\d/.test(part) && /^\d/.test(other)
    const difference = isNumber ? Number(part) - Number(other) : 0
    return difference === 0 ? (part < other ? -1 : 1) : difference
  }
  return left.length - right.length
}

function partsOf(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? []
}
