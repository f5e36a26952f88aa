import type { PciFunction } from './pci.ts'

/** A PCI function and what hangs below it. */
export interface PciBranch {
  readonly pci: PciFunction
  readonly children: readonly PciBranch[]
  /** Virtual functions it has made: many and alike, so that they are counted only. */
  readonly virtualFunctionCount: number
}

/** A root bus: a host bridge of its own. */
export interface PciRoot {
  /** `domain:bus`. */
  readonly bus: string
  readonly children: readonly PciBranch[]
}

/** No chain of bridges is longer than a domain has buses; one that is, is a loop. */
const depthMaximum = 256

/** The functions as the tree they form. One whose bridge is not there stands on its own bus. */
export function pciTree(functions: readonly PciFunction[]): readonly PciRoot[] {
  const known = new Set(functions.map(({ address }) => address))
  const virtualCounts = new Map<string, number>()
  const physical: PciFunction[] = []
  for (const one of functions) {
    const owner = one.physicalFunction
    if (owner === null || !known.has(owner)) physical.push(one)
    else virtualCounts.set(owner, (virtualCounts.get(owner) ?? 0) + 1)
  }
  const sorted = physical.toSorted((a, b) => (a.address < b.address ? -1 : 1))
  const below = Map.groupBy(sorted, (one) => parentOf(one, known))
  const branch = (pci: PciFunction, depth: number): PciBranch => ({
    pci,
    virtualFunctionCount: virtualCounts.get(pci.address) ?? 0,
    children:
      depth >= depthMaximum
        ? []
        : (below.get(pci.address) ?? []).map((child) => branch(child, depth + 1)),
  })
  const roots = Map.groupBy(below.get(null) ?? [], ({ address }) => address.slice(0, -5))
  return [...roots].map(([bus, children]) => ({
    bus,
    children: children.map((child) => branch(child, 0)),
  }))
}

function parentOf(
  { address, parentAddress }: PciFunction,
  known: ReadonlySet<string>,
): string | null {
  return parentAddress !== null && parentAddress !== address && known.has(parentAddress)
    ? parentAddress
    : null
}
