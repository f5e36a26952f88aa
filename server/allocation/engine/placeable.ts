import type { Request } from '../../../protocol/request.ts'
import { funnelOf } from '../../matching/funnel.ts'
import type { FleetIndex } from '../../matching/index/fleet-index.ts'
import { makePool, type PlacementQuery, terrainOf } from '../../matching/pool.ts'
import { findPlacement } from '../../matching/search.ts'
import { variantsOf } from '../../matching/variants.ts'

/** Whether a request can be met, asked again and again while machines come back. */
export interface Placeable {
  /** Slots of machines whose coming back may matter; null: of all that are held. */
  readonly eligible: Int32Array | null
  /** Whether the machines that are free in the index now will do. */
  isPlaced(): boolean
}

/** A question without an explanation. Good until a machine's attributes change. */
export function placeable(index: FleetIndex, request: Request, tenant: string): Placeable {
  index.scratch.reset(index.wordCount)
  const attempts = variantsOf(request).map(({ request: variant }) => {
    const { roles, constraints } = variant
    const query: PlacementQuery = { roles, constraints, tenant }
    // Without the counts of a funnel: those are of the machines that are free now.
    const funnels = roles.map((role) => ({ eligible: funnelOf(variant, role, index).eligible }))
    const demand = roles.map((role) => role.count.min)
    const terrain = terrainOf(query, index)
    // Whose the machines beside it are, changes as they come back.
    const isStill = !constraints.some(({ kind }) => kind === 'unshared')
    return { query, funnels, demand, terrain, isStill }
  })
  return {
    eligible: attempts.every(({ isStill }) => isStill)
      ? union(
          index,
          attempts.flatMap(({ funnels }) => funnels.map((funnel) => funnel.eligible)),
        )
      : null,
    isPlaced: () =>
      attempts.some(({ query, funnels, demand, terrain, isStill }) => {
        const ground = isStill ? terrain : terrainOf(query, index)
        const { words } = index.free
        return (
          findPlacement(makePool(ground, funnels, demand, words, index).ground).kind === 'placed'
        )
      }),
  }
}

function union(index: FleetIndex, sets: readonly Int32Array[]): Int32Array {
  const words = new Int32Array(index.wordCount)
  for (const set of sets) {
    for (let at = 0; at < words.length; at += 1) words[at] = (words[at] ?? 0) | (set[at] ?? 0)
  }
  return words
}
