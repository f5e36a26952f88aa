import { type DevicePaths, pathLetters } from '../facts/device-paths.ts'
import { uncorrectedErrors } from '../facts/gpu-errors.ts'
import type { GpuManagement } from '../facts/gpu-management.ts'
import type { FactsOf } from '../facts/inventory.ts'
import {
  type AttributeDefinition,
  bool,
  int,
  list,
  type MachineRecord,
  of,
  quantity,
  type Reading,
  set,
  string,
  version,
} from './definition.ts'
import { allKnown, scaled, someKnown, sum } from './readings.ts'

type GpuFacts = FactsOf<'gpu'>
type Gpu = GpuFacts['gpus'][number]

const gpu = { source: 'gpu', level: 'device' } as const
const identity = { ...gpu, nature: 'identity' } as const
const deviceState = { ...gpu, nature: 'state' } as const
const link = { source: 'gpu', level: 'link', nature: 'state' } as const

const gpuFields: readonly AttributeDefinition<Gpu>[] = [
  string('kind', { ...gpu, description: 'gpu or accelerator' }, (device) => device.kind),
  string('model', { ...gpu, description: 'Product name' }, (device) => device.model ?? undefined),
  string('device', { ...gpu, description: 'PCI ids, `10de:2330`' }, pciIds),
  string('address', { ...deviceState, description: 'PCI address' }, (device) => device.address),
  string(
    'formFactor',
    { ...gpu, description: 'pcie, sxm, oam, mxm, integrated' },
    (device) => device.formFactor ?? undefined,
  ),
  quantity(
    'memorySize',
    'B',
    { ...gpu, description: 'Memory on the device' },
    (device) => device.memorySizeBytes ?? undefined,
  ),
  quantity(
    'linkSpeed',
    'T/s',
    { ...link, description: 'Speed of a PCI Express lane now' },
    (device) => scaled(device.link === null ? null : (device.link.speedGtPerS ?? undefined), 1e9),
  ),
  int('laneWidth', { ...link, description: 'PCI Express lanes in use' }, (device) => {
    return device.link?.laneWidth ?? null
  }),
  int('numaNode', { ...gpu, description: 'NUMA node' }, (device) => device.numaNode),
  string('architecture', { ...deviceState, description: 'Hopper, gfx942' }, told('architecture')),
  string('serial', { ...identity, description: 'Serial number of the board' }, told('serial')),
  string('uuid', { ...identity, description: "The driver's name of the chip" }, told('uuid')),
  string('partNumber', { ...deviceState, description: 'Part number' }, told('boardPartNumber')),
  version('vbios', { ...deviceState, description: 'Version of the VBIOS' }, told('vbiosVersion')),
  bool('ecc', { ...deviceState, description: 'Its memory has ECC, switched on' }, (device) =>
    managed(device, ({ ecc }) => ecc?.enabled),
  ),
  bool('mig', { ...deviceState, description: 'Multi-Instance GPU is on' }, (device) =>
    managed(device, ({ mig }) => mig?.enabled),
  ),
  int('migDevices', { ...deviceState, description: 'MIG devices it is cut into' }, (device) =>
    managed(device, ({ mig }) => mig?.devices.length),
  ),
  string('partition', { ...deviceState, description: 'How AMD cut it: SPX, CPX' }, (device) =>
    managed(device, ({ partition }) => partition?.compute),
  ),
  int('nvlinks', { ...link, description: 'NVLinks that are up' }, (device) =>
    managed(device, ({ nvLinks }) => nvLinks.filter(({ active }) => active).length),
  ),
  int('nvlinksDown', { ...link, description: 'NVLinks that are down' }, (device) =>
    managed(device, ({ nvLinks }) => nvLinks.filter(({ active }) => !active).length),
  ),
  int(
    'eccErrors',
    { ...deviceState, description: 'Uncorrectable memory errors in its life' },
    (device) => managed(device, uncorrectableErrors),
  ),
  int('remappedRows', { ...deviceState, description: 'Memory rows remapped' }, (device) =>
    managed(device, ({ remappedRows: rows }) =>
      rows === null ? undefined : rows.correctableCount + rows.uncorrectableCount,
    ),
  ),
  bool(
    'resetRequired',
    { ...deviceState, description: 'The driver wants it reset or repaired' },
    (device) => managed(device, needsReset),
  ),
  quantity('powerLimit', 'W', { ...deviceState, description: 'Power limit' }, (device) =>
    managed(device, ({ powerLimitsWatts }) => powerLimitsWatts['limit']),
  ),
]

const shape = { source: 'gpu' } as const
const state = { source: 'gpu', nature: 'state' } as const

/** GPUs and accelerators, what joins them, and how near they are to the network. */
export const gpuAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  int(
    'gpu.count',
    { ...shape, description: 'GPUs and accelerators, consoles of BMCs not counted' },
    of('gpu', (facts) => computing(facts).length),
  ),
  set(
    'gpu.model',
    { ...shape, description: 'Product names of the GPUs' },
    of('gpu', (facts) => allKnown(computing(facts).map((device) => device.model))),
  ),
  set(
    'gpu.device',
    { ...shape, description: 'PCI ids of the GPUs, `10de:2330`' },
    of('gpu', (facts) => computing(facts).map(pciIds)),
  ),
  quantity(
    'gpu.memorySize',
    'B',
    { ...shape, description: 'Memory of all GPUs together' },
    of('gpu', (facts) => sum(computing(facts).map((device) => device.memorySizeBytes))),
  ),
  set(
    'gpu.formFactor',
    { ...shape, description: 'How the GPUs are mounted: pcie, sxm, oam' },
    of('gpu', (facts) => someKnown(computing(facts).map((device) => device.formFactor))),
  ),
  string(
    'gpu.baseBoard',
    { ...shape, description: 'The board the GPUs sit on together, `HGX H100 8-GPU`' },
    of('gpu', ({ baseBoard }) => (baseBoard === null ? null : (baseBoard.model ?? undefined))),
  ),
  int(
    'gpu.nvSwitches',
    { ...shape, description: 'NVSwitch chips' },
    of('gpu', (facts) => facts.switches.length),
  ),
  version(
    'gpu.driverVersion',
    { ...state, description: 'Version of the GPU driver the machine was inspected with' },
    of('gpu', (facts) => facts.driverVersion ?? undefined),
  ),
  set(
    'gpu.vbios',
    { ...state, description: 'VBIOS versions of the GPUs' },
    of('gpu', (facts) =>
      someKnown(computing(facts).map(({ management }) => management?.vbiosVersion ?? null)),
    ),
  ),
  int(
    'gpu.nvlinks',
    { ...state, level: 'link', description: 'NVLinks that are up, counted at each GPU' },
    of('gpu', (facts) => links(facts, true)),
  ),
  int(
    'gpu.nvlinksDown',
    { ...state, level: 'link', description: 'NVLinks that are down' },
    of('gpu', (facts) => links(facts, false)),
  ),
  int(
    'gpu.xgmiGpus',
    { ...state, description: 'GPUs of the largest group that AMD XGMI joins' },
    of('gpu', ({ kfd }) =>
      kfd === null ? undefined : Math.max(0, ...kfd.hives.map(({ nodes }) => nodes.length)),
    ),
  ),
  int(
    'gpu.migDevices',
    { ...state, description: 'MIG devices of all GPUs' },
    of('gpu', (facts) => ofManaged(facts, ({ mig }) => mig?.devices.length ?? 0)),
  ),
  int(
    'gpu.eccErrors',
    { ...state, description: 'Uncorrectable memory errors of all GPUs in their life' },
    of('gpu', (facts) => ofManaged(facts, (one) => uncorrectableErrors(one) ?? 0)),
  ),
  string(
    'gpu.nicPath',
    {
      ...shape,
      level: 'link',
      description:
        'PIX, PXB, PHB, NODE, SYS: from the GPU that is farthest from any NIC to its nearest',
    },
    of('gpu', ({ paths }) => (paths === null ? null : nicPath(paths))),
  ),
  list(
    'gpus',
    { ...shape, description: 'Every GPU and accelerator' },
    gpuFields,
    of('gpu', computing),
  ),
]

/** The display adapter of a BMC computes nothing. */
function computing({ gpus }: GpuFacts): readonly Gpu[] {
  return gpus.filter((device) => device.kind !== 'console')
}

function pciIds(device: Gpu): string {
  return `${device.vendorId}:${device.deviceId}`
}

/** What the driver tells; not known without one. */
function managed<T>(
  { management }: Gpu,
  read: (management: GpuManagement) => T | null | undefined,
): T | undefined {
  return management === null ? undefined : (read(management) ?? undefined)
}

function told(
  name: 'architecture' | 'serial' | 'uuid' | 'boardPartNumber' | 'vbiosVersion',
): (device: Gpu) => string | undefined {
  return (device) => managed(device, (management) => management[name])
}

/** The sum over all GPUs, where the driver of each tells. */
function ofManaged(
  facts: GpuFacts,
  read: (management: GpuManagement) => number,
): number | undefined {
  const devices = computing(facts)
  if (devices.length > 0 && devices.every(({ management }) => management === null)) return undefined
  return sum(devices.map(({ management }) => (management === null ? 0 : read(management))))
}

function links(facts: GpuFacts, isUp: boolean): number | undefined {
  return ofManaged(facts, ({ nvLinks }) => nvLinks.filter(({ active }) => active === isUp).length)
}

/** Not known where no counter is. */
function uncorrectableErrors({ eccErrorsAggregate }: GpuManagement): number | undefined {
  const isCounted = Object.keys(eccErrorsAggregate).length > 0
  return isCounted ? uncorrectedErrors(eccErrorsAggregate) : undefined
}

function needsReset({ resetRequired, repairPending, remappedRows }: GpuManagement) {
  const told = [resetRequired, repairPending, remappedRows?.pending, remappedRows?.failed]
  const known = told.filter((one) => one !== null && one !== undefined)
  return known.length === 0 ? undefined : known.includes(true)
}

/** Letters of paths, the nearest first. */
const nearness: readonly string[] = Object.values(pathLetters)

function nicPath({ devices, pairs }: DevicePaths): Reading<string> {
  const best = new Map<number, number>()
  let at = 0
  for (const [row, from] of devices.entries()) {
    for (let column = row + 1; column < devices.length; column++) {
      const to = devices[column]
      const place = nearness.indexOf(pairs[at++] ?? '?')
      if (to === undefined || place < 0) continue
      if (from.kind === 'gpu' && to.kind === 'nic') nearer(row, place)
      if (from.kind === 'nic' && to.kind === 'gpu') nearer(column, place)
    }
  }
  const gpus = devices.filter(({ kind }) => kind === 'gpu').length
  if (gpus === 0 || devices.every(({ kind }) => kind !== 'nic')) return null
  // A GPU of whose paths none is known may be the farthest of all.
  if (best.size < gpus) return undefined
  const letter = nearness[Math.max(...best.values())]
  return Object.entries(pathLetters).find(([, one]) => one === letter)?.[0]

  function nearer(gpu: number, place: number): void {
    best.set(gpu, Math.min(best.get(gpu) ?? nearness.length, place))
  }
}
