import assert from 'node:assert/strict'

/**
 * A directed network with whole capacities and its maximum flow (Dinic's algorithm). Small networks
 * only: one node per role, group of like machines and domain.
 */
export class FlowNetwork {
  readonly #targets: number[] = []
  /** Capacity that is left. The edge at an odd index is the reverse of the one before it. */
  readonly #residual: number[] = []
  readonly #edges: number[][] = []

  addNode(): number {
    return this.#edges.push([]) - 1
  }

  /** Returns the edge's number, for {@link flow}. */
  addEdge(from: number, to: number, capacity: number): number {
    const edge = this.#targets.length
    this.#targets.push(to, from)
    this.#residual.push(capacity, 0)
    this.#edgesOf(from).push(edge)
    this.#edgesOf(to).push(edge + 1)
    return edge
  }

  /** What flows over an edge after {@link maximize}. */
  flow(edge: number): number {
    return this.#residual[edge + 1] ?? 0
  }

  /** Sends as much as possible from `source` to `sink` and returns how much. */
  maximize(source: number, sink: number): number {
    let total = 0
    for (;;) {
      const levels = this.#levels(source)
      if (levels[sink] === undefined) return total
      const next = this.#edges.map(() => 0)
      for (;;) {
        const sent = this.#push(source, sink, Infinity, levels, next)
        if (sent === 0) break
        total += sent
      }
    }
  }

  /** Distance of each node from the source over edges with capacity left. */
  #levels(source: number): (number | undefined)[] {
    const levels: (number | undefined)[] = this.#edges.map(() => undefined)
    levels[source] = 0
    const queue = [source]
    for (const node of queue) {
      const level = (levels[node] ?? 0) + 1
      for (const edge of this.#edgesOf(node)) {
        const target = this.#targets[edge]
        if (target === undefined || levels[target] !== undefined) continue
        if ((this.#residual[edge] ?? 0) === 0) continue
        levels[target] = level
        queue.push(target)
      }
    }
    return levels
  }

  #push(
    node: number,
    sink: number,
    limit: number,
    levels: readonly (number | undefined)[],
    next: number[],
  ): number {
    if (node === sink) return limit
    const edges = this.#edgesOf(node)
    for (let at = next[node] ?? 0; at < edges.length; at += 1) {
      next[node] = at
      const edge = edges[at] ?? 0
      const target = this.#targets[edge] ?? 0
      const room = this.#residual[edge] ?? 0
      if (room === 0 || levels[target] !== (levels[node] ?? 0) + 1) continue
      const sent = this.#push(target, sink, Math.min(limit, room), levels, next)
      if (sent === 0) continue
      this.#residual[edge] = room - sent
      this.#residual[edge ^ 1] = (this.#residual[edge ^ 1] ?? 0) + sent
      return sent
    }
    next[node] = edges.length
    return 0
  }

  #edgesOf(node: number): number[] {
    const edges = this.#edges[node]
    assert(edges, `the network has no node ${node}`)
    return edges
  }
}
