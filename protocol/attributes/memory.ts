import type { FactsOf } from '../facts/inventory.ts'
import {
  type AttributeDefinition,
  bool,
  int,
  list,
  type MachineRecord,
  of,
  quantity,
  set,
  string,
} from './definition.ts'
import { allKnown, largest, scaled, smallest, sum } from './readings.ts'

type Memory = FactsOf<'memory'>
type Dimm = Memory['dimms'][number]

const dimm = { source: 'memory', level: 'device' } as const
const dimmFields: readonly AttributeDefinition<Dimm>[] = [
  string('locator', { ...dimm, description: 'Label on the board' }, (device) => device.locator),
  quantity(
    'size',
    'B',
    { ...dimm, description: 'Size' },
    (device) => device.sizeBytes ?? undefined,
  ),
  string('type', { ...dimm, description: 'DDR4, DDR5' }, (device) => device.type ?? undefined),
  string('manufacturer', { ...dimm, description: 'Maker' }, (device) => device.manufacturer),
  string('partNumber', { ...dimm, description: 'Part number' }, (device) => device.partNumber),
  string(
    'serial',
    { ...dimm, nature: 'identity', description: 'Serial number' },
    (device) => device.serial,
  ),
  quantity(
    'speed',
    'T/s',
    { ...dimm, nature: 'state', description: 'Transfer rate it runs at' },
    (device) => scaled(device.configuredSpeedMtPerS ?? undefined, 1e6),
  ),
  quantity('speedMax', 'T/s', { ...dimm, description: 'Transfer rate it can do' }, (device) =>
    scaled(device.speedMtPerS ?? undefined, 1e6),
  ),
  int('ranks', { ...dimm, description: 'Ranks' }, (device) => device.rankCount ?? undefined),
]

const shape = { source: 'memory' } as const
const state = { source: 'memory', nature: 'state' } as const

/** Main memory, its slots, and the nodes it belongs to. */
export const memoryAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  quantity(
    'memory.size',
    'B',
    { ...state, description: 'Memory the kernel can use (MemTotal)' },
    of('memory', (facts) => facts.sizeBytes),
  ),
  quantity(
    'memory.installed',
    'B',
    { ...shape, description: 'Memory in the DIMM slots (SMBIOS type 17)' },
    of('memory', (facts) => facts.installedSizeBytes ?? undefined),
  ),
  quantity(
    'memory.maximum',
    'B',
    { ...shape, description: 'Memory the board takes (SMBIOS type 16)' },
    of('memory', (facts) => {
      const arrays = mainArrays(facts)
      return arrays.length === 0
        ? undefined
        : sum(arrays.map(({ maximumCapacityBytes }) => maximumCapacityBytes))
    }),
  ),
  int(
    'memory.dimmCount',
    { ...shape, description: 'Populated DIMM slots' },
    of('memory', (facts) => (facts.dimms.length === 0 ? undefined : filled(facts).length)),
  ),
  int(
    'memory.slotCount',
    { ...shape, description: 'DIMM slots, filled or not' },
    of('memory', ({ dimms }) => (dimms.length === 0 ? undefined : dimms.length)),
  ),
  set(
    'memory.type',
    { ...shape, description: 'DIMM types: DDR4, DDR5' },
    of('memory', (facts) => {
      const populated = filled(facts)
      return populated.length === 0 ? undefined : allKnown(populated.map(({ type }) => type))
    }),
  ),
  quantity(
    'memory.speed',
    'T/s',
    { ...state, description: 'Transfer rate of the slowest DIMM' },
    of('memory', (facts) =>
      scaled(smallest(filled(facts).map((each) => each.configuredSpeedMtPerS)), 1e6),
    ),
  ),
  bool(
    'memory.ecc',
    { ...shape, description: 'All main memory has error correction (SMBIOS type 16)' },
    of('memory', (facts) => {
      const kinds = mainArrays(facts).map(({ errorCorrection }) => errorCorrection)
      const known = kinds.length === 0 ? undefined : allKnown(kinds)
      // CRC finds errors and corrects none; parity neither.
      return known?.every((kind) => /ECC/.test(kind))
    }),
  ),
  int(
    'memory.errorsCorrected',
    { ...state, description: 'Memory errors corrected since the counters were reset (EDAC)' },
    of('memory', (facts) => errors(facts, 'correctedCount')),
  ),
  int(
    'memory.errorsUncorrected',
    { ...state, description: 'Memory errors that lost data (EDAC)' },
    of('memory', (facts) => errors(facts, 'uncorrectedCount')),
  ),
  list(
    'dimms',
    { ...shape, description: 'Every populated DIMM slot' },
    dimmFields,
    of('memory', (facts) => (facts.dimms.length === 0 ? undefined : filled(facts))),
  ),
  int(
    'numa.nodes',
    { source: 'numa', description: 'NUMA nodes' },
    of('numa', (facts) => facts.nodes.length),
  ),
  int(
    'numa.memoryOnlyNodes',
    { source: 'numa', description: 'NUMA nodes of memory without processors, as CXL makes them' },
    of('numa', ({ nodes }) => nodes.filter(({ cpus }) => cpus.length === 0).length),
  ),
  int(
    'numa.distanceMax',
    { source: 'numa', description: 'Cost of the farthest node, 10 being local (ACPI SLIT)' },
    of('numa', ({ nodes }) => largest(nodes.flatMap(({ distances }) => distances))),
  ),
]

function filled({ dimms }: Memory): readonly Dimm[] {
  return dimms.filter(({ populated }) => populated)
}

/** Not known where no driver counts them. */
function errors(
  { errorControllers }: Memory,
  kind: 'correctedCount' | 'uncorrectedCount',
): number | undefined {
  const told = errorControllers.flatMap((one) => one[kind] ?? [])
  return told.length === 0 ? undefined : told.reduce((total, count) => total + count, 0)
}

/** Arrays of main memory; firmware lists its own flash too. */
function mainArrays({ arrays }: Memory): Memory['arrays'] {
  return arrays.filter(({ use }) => use === 'System Memory')
}
