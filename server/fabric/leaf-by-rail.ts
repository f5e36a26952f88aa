import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { MachineFabric } from '../../protocol/fabric.ts'

/** The leaf on each of a machine's rails, by its id; null: it has the rail, and its leaf is not known. */
export type LeafByRail = ReadonlyMap<number, string | null>

/** Out of a machine's place in the fabric; empty where it is on no rail that we know of. */
export function leafByRail(fabric: MachineFabric | null): LeafByRail {
  return new Map((fabric?.rails ?? []).map(({ rail, leafId }) => [rail, leafId]))
}

/** The same out of the attributes of a machine, which is what matching has of it. */
export function leafByRailIn(values: AttributeValues): LeafByRail {
  const ports = values.get('fabric.ports')
  if (ports === undefined || ports === null || typeof ports !== 'object') return new Map()
  if (ports.kind !== 'list') return new Map()
  return new Map(
    ports.devices.flatMap((port): (readonly [number, string | null])[] => {
      const [rail, leaf] = [port.get('rail'), port.get('leaf')]
      return typeof rail === 'bigint'
        ? [[Number(rail), typeof leaf === 'string' ? leaf : null]]
        : []
    }),
  )
}
