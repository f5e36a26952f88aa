import { z } from 'zod'
import { type Frozen, pciAddress } from './fields.ts'
import type { PciFunction } from './pci.ts'

/**
 * How a pair of devices reaches each other, the classes of `nvidia-smi topo -m`:
 *
 * - `PIX`: at most one PCI Express switch between them
 * - `PXB`: several switches, below one root port
 * - `PHB`: a host bridge
 * - `NODE`: host bridges of one NUMA node
 * - `SYS`: NUMA nodes
 */
export type PathClass = 'PIX' | 'PXB' | 'PHB' | 'NODE' | 'SYS'

/** Letters of {@link devicePaths}, one a pair; `?`: the NUMA node of one of them is not known. */
export const pathLetters = { PIX: 'I', PXB: 'B', PHB: 'H', NODE: 'N', SYS: 'S' } as const

/** The most devices that one matrix takes: 130,816 pairs. */
export const maxPathDevices = 512

/** The class of every pair of GPUs, network and NVMe controllers. */
export const devicePaths = z.strictObject({
  devices: z
    .array(z.strictObject({ address: pciAddress, kind: z.enum(['gpu', 'nic', 'nvme']) }))
    .max(maxPathDevices),
  /**
   * The pairs above the diagonal, row after row: (0,1), (0,2), ... (1,2), ... One letter each, see
   * {@link pathLetters}.
   */
  pairs: z
    .string()
    .max((maxPathDevices * (maxPathDevices - 1)) / 2)
    .regex(/^[IBHNS?]*$/),
})

/** See {@link devicePaths}. */
export type DevicePaths = Frozen<z.infer<typeof devicePaths>>

/** What the algorithm needs of a PCI function. */
export type PlacedFunction = Pick<
  PciFunction,
  'address' | 'parentAddress' | 'classCode' | 'numaNode' | 'physicalFunction'
>

/**
 * The paths between all GPUs and accelerators that `isGpu` takes, network and NVMe controllers of a
 * machine with `numaNodeCount` NUMA nodes (null: not known). Virtual functions are left out. Throws
 * RangeError above {@link maxPathDevices}.
 */
export function pathsBetween(
  functions: readonly PlacedFunction[],
  numaNodeCount: number | null,
  isGpu: (found: PlacedFunction) => boolean,
): DevicePaths {
  const byAddress = new Map(functions.map((one) => [one.address, one]))
  const placed = functions.flatMap((one) => {
    const kind = isGpu(one) ? 'gpu' : kindOfClass(one.classCode)
    if (kind === null || one.physicalFunction !== null) return []
    return [{ kind, ...placeOf(one, byAddress) } as const]
  })
  if (placed.length > maxPathDevices) {
    throw new RangeError(`Cannot pair ${placed.length} devices: more than ${maxPathDevices}`)
  }
  const letters: string[] = []
  for (const [index, a] of placed.entries()) {
    for (const b of placed.slice(index + 1)) {
      const found = pathClass(a, b, numaNodeCount)
      letters.push(found === null ? '?' : pathLetters[found])
    }
  }
  return {
    devices: placed.map(({ address, kind }) => ({ address, kind })),
    pairs: letters.join(''),
  }
}

/** Where a device is: its host bridge and the bridges from there down to it. */
export interface Place {
  readonly address: string
  /** `domain:bus` of the root bus. */
  readonly hostBridge: string
  readonly bridges: readonly string[]
  readonly numaNode: number | null
}

/** The class of one pair; null where only the NUMA nodes could tell and one is not known. */
export function pathClass(a: Place, b: Place, numaNodeCount: number | null): PathClass | null {
  if (a.hostBridge !== b.hostBridge) {
    if (numaNodeCount === 1) return 'NODE'
    if (a.numaNode === null || b.numaNode === null) return null
    return a.numaNode === b.numaNode ? 'NODE' : 'SYS'
  }
  let shared = 0
  while (shared < a.bridges.length && a.bridges[shared] === b.bridges[shared]) shared++
  // Functions of one device on a root bus share no bridge and need none.
  if (shared === 0) return sameDevice(a.address, b.address) ? 'PIX' : 'PHB'
  // Below the last shared bridge, a port each: the two ports of one switch.
  const below = Math.max(a.bridges.length, b.bridges.length) - shared
  return below <= 1 ? 'PIX' : 'PXB'
}

function sameDevice(a: string, b: string): boolean {
  return a.slice(0, -2) === b.slice(0, -2)
}

/** Longer chains of bridges than the 256 buses of a domain are a loop. */
const maxBridges = 256

function placeOf(found: PlacedFunction, all: ReadonlyMap<string, PlacedFunction>): Place {
  const bridges: string[] = []
  let top = found.address
  let above = found.parentAddress
  let numaNode = found.numaNode
  while (above !== null && bridges.length < maxBridges) {
    bridges.unshift(above)
    top = above
    numaNode ??= all.get(above)?.numaNode ?? null
    above = all.get(above)?.parentAddress ?? null
  }
  return { address: found.address, hostBridge: top.slice(0, -5), bridges, numaNode }
}

function kindOfClass(classCode: string): 'nic' | 'nvme' | null {
  if (classCode === '010802') return 'nvme'
  // 0207: InfiniBand; 0200: Ethernet; 0208: host fabric; 0280: other, as EFA.
  return /^02(00|07|08|80)/.test(classCode) ? 'nic' : null
}
