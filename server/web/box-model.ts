import type { FactsOf, Inventory } from '../../protocol/facts/inventory.ts'
import type { PciLink } from '../../protocol/facts/pci.ts'
import { bitRateText, sizeText } from './format.ts'

/** What the picture of a machine shows. */
export interface Box {
  readonly nodes: readonly BoxNode[]
  readonly dimms: readonly FactsOf<'memory'>['dimms'][number][]
  /** Devices of which nobody says which node they hang on. */
  readonly devices: readonly BoxDevice[]
}

/** A NUMA node; the whole machine where the kernel tells of none. */
export interface BoxNode {
  /** Null for the whole machine. */
  readonly id: number | null
  readonly packages: readonly string[]
  readonly threadCount: number
  readonly coreCount: number | null
  readonly memorySizeBytes: number | null
  /** Cost of reaching each node from this one, 10 is its own memory. */
  readonly distances: readonly number[]
  readonly devices: readonly BoxDevice[]
}

/** A device that matters to who wants a machine. */
export interface BoxDevice {
  readonly kind: 'gpu' | 'disk' | 'nic'
  readonly key: string
  readonly title: string
  readonly detail: string
  /** Null: not on PCI Express, or nobody says. */
  readonly link: PciLink | null
}

interface PlacedDevice extends BoxDevice {
  readonly numaNode: number | null
}

/** The picture of what is known; null before the processors are. */
export function boxOf(inventory: Inventory): Box | null {
  const { cpu, numa, memory } = inventory
  if (cpu === null) return null
  const devices = [...gpus(inventory), ...disks(inventory), ...nics(inventory)]
  const dimms = memory?.dimms ?? []
  const known = numa?.nodes ?? []
  if (known.length < 2) {
    const whole: BoxNode = {
      id: null,
      packages: packageNames(cpu, null),
      threadCount: cpu.threadCount,
      coreCount: cpu.coreCount,
      memorySizeBytes: memory?.sizeBytes ?? null,
      distances: [],
      devices,
    }
    return { nodes: [whole], dimms, devices: [] }
  }
  const nodes = known.map(({ id, cpus, memorySizeBytes, distances }): BoxNode => {
    return {
      id,
      packages: packageNames(cpu, cpus),
      threadCount: cpus.length,
      coreCount: cpu.threadCount === 0 ? null : coresOf(cpu, cpus.length),
      memorySizeBytes,
      distances,
      devices: devices.filter(({ numaNode }) => numaNode === id),
    }
  })
  const ids = new Set(known.map(({ id }) => id))
  const loose = devices.filter(({ numaNode }) => numaNode === null || !ids.has(numaNode))
  return { nodes, dimms, devices: loose }
}

/** Generation of PCI Express by its rate: 16 GT/s is 4. Null for a rate of none. */
export function pciGeneration(speedGtPerS: number | null): number | null {
  const at = [2.5, 5, 8, 16, 32, 64].indexOf(speedGtPerS ?? 0)
  return at < 0 ? null : at + 1
}

/** True where a link runs below what the device can do. */
export function isDegraded({ laneWidth, maxLaneWidth, speedGtPerS, maxSpeedGtPerS }: PciLink) {
  const isSlow = speedGtPerS !== null && maxSpeedGtPerS !== null && speedGtPerS < maxSpeedGtPerS
  return laneWidth < maxLaneWidth || isSlow
}

/** Names of the processors that own some of these CPUs; of all for null. */
function packageNames({ packages }: FactsOf<'cpu'>, cpus: readonly number[] | null) {
  const wanted = cpus === null ? null : new Set(cpus)
  return packages
    .filter((each) => wanted === null || each.cpus.some((number) => wanted.has(number)))
    .map(({ id, model, vendor }) => `CPU ${id} ${model ?? vendor ?? ''}`.trim())
}

/** Cores of a node, as all cores have equally many threads. */
function coresOf({ coreCount, threadCount }: FactsOf<'cpu'>, nodeThreads: number): number {
  return Math.round((nodeThreads * coreCount) / threadCount)
}

function gpus({ gpu }: Inventory): readonly PlacedDevice[] {
  return (gpu?.gpus ?? [])
    .filter(({ kind }) => kind !== 'console')
    .map(({ address, model, vendorId, deviceId, memorySizeBytes, link, numaNode }) => ({
      kind: 'gpu',
      key: `gpu ${address}`,
      title: model ?? `GPU ${vendorId}:${deviceId}`,
      detail: memorySizeBytes === null ? address : sizeText(memorySizeBytes, true),
      link,
      numaNode,
    }))
}

function disks({ storage, pci }: Inventory): readonly PlacedDevice[] {
  return (storage?.disks ?? []).map((disk) => ({
    kind: 'disk',
    key: `disk ${disk.name}`,
    title: disk.model ?? disk.name,
    detail: `${disk.transport} ${sizeText(disk.sizeBytes)}`,
    // The link of a SATA or SCSI disk is its controller's, shared with its neighbours.
    link: disk.transport === 'nvme' ? linkAt(pci, disk.pciAddress) : null,
    numaNode: disk.numaNode,
  }))
}

function nics({ nic, pci }: Inventory): readonly PlacedDevice[] {
  return (nic?.interfaces ?? []).map((each) => ({
    kind: 'nic',
    key: `nic ${each.name}`,
    title: each.name,
    detail:
      each.linkSpeedBitsPerSecond === null
        ? (each.driver ?? each.linkType)
        : bitRateText(each.linkSpeedBitsPerSecond),
    link: linkAt(pci, each.pciAddress),
    numaNode: each.numaNode,
  }))
}

function linkAt(pci: FactsOf<'pci'> | null, address: string | null): PciLink | null {
  return pci?.functions.find((each) => each.address === address)?.link ?? null
}
