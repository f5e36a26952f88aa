import type { FabricHost } from '../../protocol/fabric.ts'
import type { Finding } from '../../protocol/facts/finding.ts'

/** The rail that a leaf is built for. */
export interface LeafRail {
  readonly rail: number
  /** Rails of the hosts that have it there. */
  readonly railCount: number
  readonly hostCount: number
}

/** A leaf is built for the rail of at least this share of its hosts; a few are cabled otherwise. */
const mostRatio = 0.75

/** Findings that are told; cables of a whole pod may be crossed. */
const maxFindings = 100

/** The rail of each leaf; none for one that carries several rails alike. */
export function leafRails(hosts: readonly FabricHost[]): ReadonlyMap<string, LeafRail> {
  const links = hosts.flatMap(({ rails }) =>
    rails.flatMap(({ rail, leafId }) =>
      leafId === null ? [] : [{ leafId, rail, railCount: rails.length }],
    ),
  )
  const found = new Map<string, LeafRail>()
  for (const [leafId, here] of Map.groupBy(links, (link) => link.leafId)) {
    const [most = []] = [...Map.groupBy(here, ({ rail, railCount }) => `${rail} ${railCount}`)]
      .map(([, same]) => same)
      .toSorted((a, b) => b.length - a.length)
    const [first] = most
    if (first === undefined || most.length / here.length < mostRatio) continue
    const { rail, railCount } = first
    found.set(leafId, { rail, railCount, hostCount: most.length })
  }
  return found
}

/** Hosts with a cable on a leaf where all others of their kind have another rail. */
export function crossedRails(
  hosts: readonly FabricHost[],
  built: ReadonlyMap<string, LeafRail>,
): readonly Finding[] {
  return hosts
    .flatMap(({ name, rails }) =>
      rails.flatMap(({ rail, port, leafId, leafName }) => {
        const leaf = built.get(leafId ?? '')
        if (leaf === undefined || leaf.rail === rail || leaf.railCount !== rails.length) return []
        const others = `${leaf.hostCount} hosts have rail ${leaf.rail} there`
        return [
          {
            code: 'fabric.rail-crossed',
            severity: 'warning' as const,
            subject: (name ?? 'host').slice(0, 128),
            message: `${name}: rail ${rail} (${port}) hangs on ${leafName}, where ${others}`,
          },
        ]
      }),
    )
    .slice(0, maxFindings)
}
