import { popCount } from './index/bitset.ts'
import { FlowNetwork } from './flow.ts'
import type { SizedMask, SpreadConstraint } from './ground.ts'
import { noDomain } from './topology.ts'

/**
 * Which machines can serve which roles under the constraints, in numbers: machines that no role and
 * no constraint tells apart are one group. Roles are bits of a mask.
 */
export interface PlacementProblem {
  /** Machines each role still wants. */
  readonly demand: readonly number[]
  readonly groups: readonly Group[]
  readonly spreads: readonly SpreadConstraint[]
}

export interface Group {
  /** Roles its machines are eligible for. */
  readonly mask: number
  /** Domain at each level that a spread looks at; below 0: none. */
  readonly domains: readonly number[]
  readonly size: number
}

/** Machines of each role (first index) out of each group (second index). */
export type Counts = readonly (readonly number[])[]

export interface Flow {
  readonly placed: number
  readonly counts: Counts
}

/**
 * The most machines that can be placed, exact as long as {@link isSimple}; otherwise an upper bound:
 * one spread over all roles is kept, of the others one for each role, each role by itself.
 */
export function largestPlacement(problem: PlacementProblem): Flow {
  const { demand, groups } = problem
  const [only] = groups
  if (only !== undefined && groups.length === 1 && problem.spreads.length === 0) {
    return fill(only, demand)
  }
  const network = new FlowNetwork()
  const source = network.addNode()
  const sink = network.addNode()
  const { common, others } = sortSpreads(problem)
  const exits = new Map<number, number>()
  const groupNodes = groups.map((group) => {
    const node = network.addNode()
    const domain = common === undefined ? noDomain : (group.domains[common.level] ?? noDomain)
    if (common === undefined || domain < 0) {
      network.addEdge(node, sink, group.size)
      return node
    }
    let exit = exits.get(domain)
    if (exit === undefined) {
      exit = network.addNode()
      exits.set(domain, exit)
      network.addEdge(exit, sink, room(common, domain))
    }
    network.addEdge(node, exit, group.size)
    return node
  })
  const edges = demand.map((wanted, role) => {
    const node = network.addNode()
    network.addEdge(source, node, wanted)
    const own = others.find((spread) => hasRole(spread.roles, role))
    const entries = new Map<number, number>()
    return groups.map((group, index) => {
      const groupNode = groupNodes[index]
      if (groupNode === undefined || wanted === 0 || !hasRole(group.mask, role)) return null
      const domain = own === undefined ? noDomain : (group.domains[own.level] ?? noDomain)
      if (own === undefined || domain < 0) {
        return network.addEdge(node, groupNode, Math.min(wanted, group.size))
      }
      let entry = entries.get(domain)
      if (entry === undefined) {
        entry = network.addNode()
        entries.set(domain, entry)
        network.addEdge(node, entry, room(own, domain))
      }
      return network.addEdge(entry, groupNode, Math.min(wanted, group.size))
    })
  })
  const placed = network.maximize(source, sink)
  const counts = edges.map((row) => row.map((edge) => (edge === null ? 0 : network.flow(edge))))
  return { placed, counts }
}

/** The same of one group and no spread: first come, first served. */
function fill({ mask, size }: Group, demand: readonly number[]): Flow {
  let left = size
  const counts = demand.map((wanted, role) => {
    const given = hasRole(mask, role) ? Math.min(wanted, left) : 0
    left -= given
    return [given]
  })
  return { placed: size - left, counts }
}

/**
 * The most machines that can be placed out of some groups where only eligibility counts: what is left
 * of the demand after the set of roles that starves most (König's theorem).
 */
export function mostPlaced(demand: readonly number[], groups: readonly SizedMask[]): number {
  const wanted = wantedMask(demand)
  if (popCount(wanted) > maxSubsetRoles) return placedByFlow(demand, groups)
  const total = demand.reduce((sum, count) => sum + count, 0)
  let most = total
  // Every set of roles that want machines, by counting down the bits of `wanted`.
  for (let roles = wanted; roles !== 0; roles = (roles - 1) & wanted) {
    let eligible = 0
    for (const { mask, size } of groups) if ((mask & roles) !== 0) eligible += size
    let others = 0
    for (let role = 0; role < demand.length; role += 1) {
      if (!hasRole(roles, role)) others += demand[role] ?? 0
    }
    if (others + eligible < most) most = others + eligible
  }
  return most
}

/** Sets of roles are counted out for so many roles; for more, flow is quicker. */
const maxSubsetRoles = 8

function placedByFlow(demand: readonly number[], groups: readonly SizedMask[]): number {
  return largestPlacement({
    demand,
    groups: groups.map((group) => ({ ...group, domains: [] })),
    spreads: [],
  }).placed
}

/** Whether flow alone decides: beside one spread over all roles, at most one for each role alone. */
export function isSimple(problem: PlacementProblem): boolean {
  const wanted = wantedMask(problem.demand)
  const { others } = sortSpreads(problem)
  const roles = others.map((spread) => spread.roles & wanted)
  return roles.every((mask) => popCount(mask) === 1) && new Set(roles).size === roles.length
}

/** False: there is no placement. Looks at each spread with its own roles alone, where flow is exact. */
export function mayFit(problem: PlacementProblem): boolean {
  return problem.spreads.every((spread) => {
    const alone: PlacementProblem = {
      ...problem,
      demand: problem.demand.map((wanted, role) => (hasRole(spread.roles, role) ? wanted : 0)),
      spreads: [spread, ...problem.spreads.filter((other) => other !== spread)],
    }
    return largestPlacement(alone).placed === totalDemand(alone)
  })
}

/** Whether one machine more of a group may serve a role: eligible, left over, and no domain full. */
export function mayPlace(problem: PlacementProblem, role: number, index: number): boolean {
  const group = problem.groups[index]
  if (group === undefined || group.size === 0 || !hasRole(group.mask, role)) return false
  return problem.spreads.every((spread) => {
    const domain = group.domains[spread.level] ?? noDomain
    if (!hasRole(spread.roles, role) || domain < 0) return true
    return room(spread, domain) > 0
  })
}

/** The problem after one machine of `group` is given to `role`, which {@link mayPlace} allows. */
export function withPlaced(
  problem: PlacementProblem,
  role: number,
  group: number,
): PlacementProblem {
  const domains = problem.groups[group]?.domains ?? []
  return {
    ...problem,
    demand: problem.demand.map((wanted, index) => (index === role ? wanted - 1 : wanted)),
    groups: problem.groups.map((item, index) =>
      index === group ? { ...item, size: item.size - 1 } : item,
    ),
    spreads: problem.spreads.map((spread) => {
      const domain = domains[spread.level] ?? noDomain
      if (!hasRole(spread.roles, role) || domain < 0) return spread
      return {
        ...spread,
        used: new Map(spread.used).set(domain, (spread.used.get(domain) ?? 0) + 1),
      }
    }),
  }
}

/** How many more machines a spread lets into a domain. */
function room(spread: SpreadConstraint, domain: number): number {
  return Math.max(0, spread.max - (spread.used.get(domain) ?? 0))
}

export function hasRole(mask: number, role: number): boolean {
  return (mask & (1 << role)) !== 0
}

/** Machines wanted by all roles together. */
export function totalDemand({ demand }: Pick<PlacementProblem, 'demand'>): number {
  return demand.reduce((sum, wanted) => sum + wanted, 0)
}

/** The first spread over all roles that still want machines, and those over some of them. */
function sortSpreads({ demand, spreads }: PlacementProblem): {
  readonly common: SpreadConstraint | undefined
  readonly others: readonly SpreadConstraint[]
} {
  const wanted = wantedMask(demand)
  const common = spreads.find((spread) => (spread.roles & wanted) === wanted)
  const others = spreads.filter((spread) => spread !== common && (spread.roles & wanted) !== 0)
  return { common, others }
}

export function wantedMask(demand: readonly number[]): number {
  return demand.reduce((mask, wanted, role) => (wanted > 0 ? mask | (1 << role) : mask), 0)
}
