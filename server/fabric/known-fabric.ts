import type { MachineFabric } from '../../protocol/fabric.ts'
import { decodeIbnetdiscover } from '../../protocol/fabric-ibnetdiscover.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import type { FabricSource, FabricStore } from '../store/fabric-store.ts'
import { machineFabric } from './machine-fabric.ts'
import { linksOf } from './machine-links.ts'
import { subnetOf, type Subnet } from './topology.ts'

/** What is read of the store. */
export type FabricReads = Pick<FabricStore, 'fabricSources' | 'fabricText'>

/** An imported subnet, understood. */
export interface KnownSubnet {
  readonly source: FabricSource
  readonly generatedAt: string | null
  readonly subnet: Subnet
}

/** Subnets of a store as they were last understood: each is large, and changes by an import alone. */
const understood = new WeakMap<FabricReads, ReadonlyMap<string, KnownSubnet>>()

/** All imported subnets, by name. */
export async function knownSubnets(store: FabricReads): Promise<readonly KnownSubnet[]> {
  const before = understood.get(store) ?? new Map<string, KnownSubnet>()
  const now = new Map<string, KnownSubnet>()
  for (const source of await store.fabricSources()) {
    const kept = before.get(source.name)
    if (kept !== undefined && kept.source.importedAtMs === source.importedAtMs) {
      now.set(source.name, kept)
      continue
    }
    const text = await store.fabricText(source.name)
    if (text !== null) now.set(source.name, understand(source, text))
  }
  understood.set(store, now)
  return [...now.values()]
}

/** Keeps what was understood of a text that the store has by now: it is not read again. */
export function keepSubnet(store: FabricReads, known: KnownSubnet): void {
  const before = understood.get(store) ?? new Map<string, KnownSubnet>()
  understood.set(store, new Map([...before, [known.source.name, known]]))
}

/** Where a machine with these facts is in the fabric. */
export async function fabricOfMachine(
  store: FabricReads,
  inventory: Inventory,
): Promise<MachineFabric | null> {
  const subnets = (await knownSubnets(store)).map(({ subnet }) => subnet)
  return machineFabric(subnets, linksOf(inventory))
}

/** Throws DecodeError for a text that is none of `ibnetdiscover`. */
export function understand(source: FabricSource, text: string): KnownSubnet {
  const dump = decodeIbnetdiscover(new TextEncoder().encode(text))
  return { source, generatedAt: dump.generatedAt, subnet: subnetOf(source.name, dump) }
}
