import type { HostRail } from '../fabric.ts'
import {
  type AttributeDefinition,
  int,
  list,
  type MachineRecord,
  set,
  string,
} from './definition.ts'

const common = { source: 'fabric', nature: 'state', level: 'link' } as const

const railFields: readonly AttributeDefinition<HostRail>[] = [
  int('rail', { ...common, description: 'From 1, in the order of its ports' }, ({ rail }) => rail),
  string(
    'port',
    { ...common, description: 'Port as the machine calls it, `mlx5_0`' },
    ({ port }) => port ?? undefined,
  ),
  string(
    'leaf',
    { ...common, description: 'Leaf switch: GUID or chassis id; not known where no link was seen' },
    ({ leafId }) => leafId ?? undefined,
  ),
  string(
    'leafName',
    { ...common, description: 'Leaf switch as it calls itself' },
    ({ leafName }) => leafName ?? undefined,
  ),
]

/** Where the machine is in the fabric: imported subnets, and who it hears at its ports. */
export const fabricAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  set(
    'fabric.leaves',
    { ...common, description: 'Leaf switches it hangs on: GUIDs, or chassis ids' },
    ({ fabric }) => known(fabric?.leaves.map(({ id }) => id)),
  ),
  set(
    'fabric.leafNames',
    { ...common, description: 'Leaf switches it hangs on, as they call themselves' },
    ({ fabric }) => known(fabric?.leaves.map(({ name }) => name)),
  ),
  int(
    'fabric.rails',
    { ...common, description: 'Rails it is on: its ports in the network it has most of' },
    ({ fabric }) =>
      fabric === null || fabric.rails.length === 0 ? undefined : fabric.rails.length,
  ),
  list('fabric.ports', { ...common, description: 'Its rails' }, railFields, ({ fabric }) =>
    known(fabric?.rails),
  ),
]

/** Nothing seen is not known, and not known to be none: a switch may be out of sight. */
function known<T>(values: readonly T[] | undefined): readonly T[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values
}
