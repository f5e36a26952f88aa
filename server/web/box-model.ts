import type { FactsOf, Inventory } from '../../protocol/facts/inventory.ts'
import { type LinkState, linkState, linkStates } from '../../protocol/facts/pci-links.ts'
import { slotOf } from '../inventory/findings/dimm-slot.ts'
import { bitRateText, frequencyText, plural, sizeText } from './format.ts'

export type Dimm = FactsOf<'memory'>['dimms'][number]

/** What the picture of a machine shows. */
export interface Box {
  readonly sockets: readonly BoxSocket[]
  readonly dimmRows: readonly DimmRow[]
  /** Devices of which nobody says which node they hang on. */
  readonly devices: readonly BoxDevice[]
}

/** A processor, or several that share their nodes, with what hangs on them. */
export interface BoxSocket {
  /** None: nodes of memory alone. */
  readonly packages: readonly BoxPackage[]
  readonly nodes: readonly BoxNode[]
}

export interface BoxPackage {
  readonly name: string
  /** Cores, threads, clock. */
  readonly figures: readonly string[]
  /** `L3 8 × 32 MiB`, level by level. */
  readonly caches: readonly string[]
}

/** A NUMA node; the whole machine where the kernel tells of none. */
export interface BoxNode {
  /** Null for the whole machine. */
  readonly id: number | null
  readonly threadCount: number
  readonly coreCount: number
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
  readonly link: LinkState | null
}

/** DIMM slots of one socket; of all where their names tell no socket. */
export interface DimmRow {
  readonly name: string | null
  readonly dimms: readonly Dimm[]
}

interface PlacedDevice extends BoxDevice {
  readonly numaNode: number | null
}

/** The picture of what is known; null before the processors are. */
export function boxOf(inventory: Inventory): Box | null {
  const { cpu, numa, memory, pci } = inventory
  if (cpu === null) return null
  const links = linkStates(pci?.functions ?? [])
  const devices = [...gpus(inventory, links), ...disks(inventory, links), ...nics(inventory, links)]
  const dimmRows = dimmRowsOf(memory?.dimms ?? [])
  const known = numa?.nodes ?? []
  if (known.length < 2) {
    const whole: BoxNode = {
      id: null,
      threadCount: cpu.threadCount,
      coreCount: cpu.coreCount,
      memorySizeBytes: memory?.sizeBytes ?? null,
      distances: [],
      devices,
    }
    return {
      sockets: [{ packages: cpu.packages.map(packageOf), nodes: [whole] }],
      dimmRows,
      devices: [],
    }
  }
  const owners = (cpus: readonly number[]) => {
    const wanted = new Set(cpus)
    return cpu.packages.filter((each) => each.cpus.some((number) => wanted.has(number)))
  }
  const groups = Map.groupBy(known, ({ cpus }) =>
    owners(cpus)
      .map(({ id }) => id)
      .join(),
  )
  const sockets = [...groups.values()].map((nodes): BoxSocket => ({
    packages: owners(nodes[0]?.cpus ?? []).map(packageOf),
    nodes: nodes.map(({ id, cpus, memorySizeBytes, distances }) => ({
      id,
      threadCount: cpus.length,
      coreCount: coresOf(cpu, cpus.length),
      memorySizeBytes,
      distances,
      devices: devices.filter(({ numaNode }) => numaNode === id),
    })),
  }))
  const ids = new Set(known.map(({ id }) => id))
  const loose = devices.filter(({ numaNode }) => numaNode === null || !ids.has(numaNode))
  return { sockets, dimmRows, devices: loose }
}

function packageOf(each: FactsOf<'cpu'>['packages'][number]): BoxPackage {
  const { id, model, vendor, coreCount, threadCount, baseFrequencyHz, maxFrequencyHz } = each
  const clock = maxFrequencyHz ?? baseFrequencyHz
  return {
    name: `CPU ${id} ${model ?? vendor ?? ''}`.trim(),
    figures: [
      plural(coreCount, 'core'),
      plural(threadCount, 'thread'),
      ...(clock === null ? [] : [frequencyText(clock)]),
    ],
    caches: each.caches.map(({ level, type, sizeBytes, instanceCount }) => {
      const letter = type === 'unified' ? '' : type.slice(0, 1)
      const count = instanceCount === 1 ? '' : `${instanceCount} × `
      return `L${level}${letter} ${count}${sizeText(sizeBytes, true)}`
    }),
  }
}

/** Cores of a node, as all cores have equally many threads. */
function coresOf({ coreCount, threadCount }: FactsOf<'cpu'>, nodeThreads: number): number {
  return threadCount === 0 ? 0 : Math.round((nodeThreads * coreCount) / threadCount)
}

/** A row a socket where every slot tells its own, else one of all. */
function dimmRowsOf(dimms: readonly Dimm[]): readonly DimmRow[] {
  const slots = dimms.map(slotOf).filter((slot) => slot !== null)
  if (slots.length === 0 || slots.length < dimms.length) {
    return dimms.length === 0 ? [] : [{ name: null, dimms }]
  }
  return [...Map.groupBy(slots, ({ socket }) => socket)].map(([name, own]) => ({
    name,
    dimms: own.map(({ dimm }) => dimm),
  }))
}

type Links = ReadonlyMap<string, LinkState>

function gpus({ gpu }: Inventory, links: Links): readonly PlacedDevice[] {
  return (gpu?.gpus ?? [])
    .filter(({ kind }) => kind !== 'console')
    .map(({ address, model, vendorId, deviceId, memorySizeBytes, link, numaNode }) => ({
      kind: 'gpu',
      key: `gpu ${address}`,
      title: model ?? `GPU ${vendorId}:${deviceId}`,
      detail: memorySizeBytes === null ? address : sizeText(memorySizeBytes, true),
      link: links.get(address) ?? (link === null ? null : linkState(link, null)),
      numaNode,
    }))
}

function disks({ storage }: Inventory, links: Links): readonly PlacedDevice[] {
  return (storage?.disks ?? []).map((disk) => ({
    kind: 'disk',
    key: `disk ${disk.name}`,
    title: disk.model ?? disk.name,
    detail: `${disk.transport} ${sizeText(disk.sizeBytes)}`,
    // The link of a SATA or SCSI disk is its controller's, shared with its neighbours.
    link: disk.transport === 'nvme' ? (links.get(disk.pciAddress ?? '') ?? null) : null,
    numaNode: disk.numaNode,
  }))
}

function nics({ nic }: Inventory, links: Links): readonly PlacedDevice[] {
  return (nic?.interfaces ?? []).map((each) => ({
    kind: 'nic',
    key: `nic ${each.name}`,
    title: each.name,
    detail:
      each.linkSpeedBitsPerSecond === null
        ? (each.driver ?? each.linkType)
        : bitRateText(each.linkSpeedBitsPerSecond),
    link: links.get(each.pciAddress ?? '') ?? null,
    numaNode: each.numaNode,
  }))
}
