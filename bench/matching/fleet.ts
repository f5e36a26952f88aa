import type { AttributeValue } from '../../protocol/attributes/definition.ts'
import type { Candidate, CandidateAvailability } from '../../server/matching/candidate.ts'
import { SeededRandom } from '../fuzz/random.ts'

/** Amounts that machines of a shape share, each with the values it may have. */
const shapeAmounts = {
  'cpu.cores': [16, 32, 48, 64, 96, 128, 192],
  'cpu.threads': [32, 64, 96, 128, 192, 256, 384],
  'cpu.packages': [1, 2, 4],
  'cpu.frequencyMax': [2.6e9, 3.1e9, 3.5e9, 3.9e9, 4.4e9],
  'memory.size': [64, 128, 256, 384, 512, 768, 1024, 2048].map((size) => size * 2 ** 30),
  'memory.dimmCount': [4, 8, 12, 16, 24, 32],
  'memory.speed': [2666e6, 3200e6, 4800e6, 5600e6],
  'gpu.count': [0, 0, 0, 1, 2, 4, 8],
  'gpu.memorySize': [0, 40e9, 80e9, 141e9],
  'storage.size': [1e12, 2e12, 4e12, 8e12, 16e12, 32e12],
  'storage.diskCount': [1, 2, 4, 8, 12],
  'storage.nvmeSize': [0, 1e12, 2e12, 4e12, 8e12, 30e12],
  'nic.count': [1, 2, 4, 8, 10],
  'nic.speedMax': [10e9, 25e9, 100e9, 200e9, 400e9],
  'numa.nodes': [1, 2, 4, 8],
  'pci.count': [40, 80, 120, 200],
} as const

/** Measured figures, different for every machine: the middle of each. */
const measured = {
  'bench.memory.triad': 300e9,
  'bench.cpu.fma': 3e12,
  'bench.disk.read': 6e9,
  'bench.cpu.clock': 3.2e9,
} as const

const shapeNames = {
  'cpu.vendor': ['GenuineIntel', 'AuthenticAMD', 'ARM', 'HiSilicon'],
  'system.manufacturer': [
    'Dell Inc.',
    'HPE',
    'Supermicro',
    'Lenovo',
    'GIGABYTE',
    'Inspur',
    'ASUS',
    'QCT',
  ],
  'system.product': Array.from({ length: 40 }, (_, at) => `Model ${at}`),
  'firmware.bootMode': ['uefi', 'bios'],
  'security.secureBoot': [true, false],
} as const

const gpuModels = ['NVIDIA A100', 'NVIDIA H100', 'NVIDIA H200', 'AMD Instinct MI300X'] as const
const firmwareVersions = Array.from({ length: 25 }, (_, at) => `${1 + (at % 4)}.${at}`)

/** Attributes of the synthetic fleet: 20 amounts and 10 names. */
export const amountNames = [...Object.keys(shapeAmounts), ...Object.keys(measured)]
export const nameNames = [
  ...Object.keys(shapeNames),
  'gpu.model',
  'firmware.version',
  'label.site',
  'label.rack',
  'label.leaf',
]

export interface FleetPlan {
  readonly machineCount: number
  readonly leafCount: number
  readonly shapeCount: number
  readonly seed: number
}

/** The fleet of the acceptance figures, or a smaller one of the same kind. */
export function fleetPlan(machineCount: number): FleetPlan {
  const leafCount = Math.max(4, Math.round(machineCount / 200))
  return { machineCount, leafCount, shapeCount: 300, seed: 1 }
}

/** One machine after the other, so that the fleet need not be kept. */
export function* syntheticFleet(plan: FleetPlan): Generator<Candidate> {
  const random = new SeededRandom(plan.seed)
  const shapes = Array.from({ length: plan.shapeCount }, () => makeShape(random))
  const perLeaf = Math.ceil(plan.machineCount / plan.leafCount)
  for (let at = 0; at < plan.machineCount; at += 1) {
    const attributes = new Map(shapes[skewed(random, shapes.length)])
    for (const [name, middle] of Object.entries(measured)) {
      // Within 20 % of the middle, and of one machine in fifty not known.
      const value = BigInt(Math.round(middle * (0.8 + random.below(400_000) / 1e6)))
      if (random.below(50) > 0) attributes.set(name, value)
    }
    const leaf = Math.floor(at / perLeaf)
    attributes.set('firmware.version', random.pick(firmwareVersions) ?? '1.0')
    attributes.set('label.site', `site-${leaf % 4}`)
    attributes.set('label.leaf', `leaf-${leaf}`)
    attributes.set('label.rack', `rack-${leaf}-${Math.floor((at % perLeaf) / 40)}`)
    yield { id: `machine-${at}`, attributes, availability: availability(random) }
  }
}

function makeShape(random: SeededRandom): ReadonlyMap<string, AttributeValue | null> {
  const values = new Map<string, AttributeValue | null>()
  for (const [name, amounts] of Object.entries(shapeAmounts)) {
    values.set(name, BigInt(amounts[random.below(amounts.length)] ?? 0))
  }
  for (const [name, names] of Object.entries(shapeNames)) {
    values.set(name, names[random.below(names.length)] ?? null)
  }
  const model = random.pick(gpuModels) ?? ''
  const hasGpus = values.get('gpu.count') !== 0n
  values.set('gpu.model', hasGpus ? { kind: 'set', members: [model] } : null)
  return values
}

/** Some shapes are bought far more often than others. */
function skewed(random: SeededRandom, count: number): number {
  return Math.min(random.below(count), random.below(count))
}

function availability(random: SeededRandom): CandidateAvailability {
  const draw = random.below(10)
  if (draw < 6) return { kind: 'free' }
  if (draw === 9) return { kind: 'unschedulable', reason: 'maintenance' }
  return { kind: 'held', by: `allocation ${random.below(900)}`, untilMs: 1e12 + random.below(1e9) }
}
