import { fabricAttributes } from '../../protocol/attributes/fabric.ts'
import { readAll } from '../../protocol/attributes/definition.ts'
import { presentAttributes } from '../../protocol/attributes.ts'
import type { MachineFabric } from '../../protocol/fabric.ts'
import { emptyInventory } from '../../protocol/facts/inventory.ts'
import type { Turns } from '../turns.ts'
import type { Domain } from '../domain.ts'
import type { MachineRecord } from '../store/records.ts'
import { knownSubnets } from './known-fabric.ts'
import type { LinkBook } from './link-book.ts'
import { machineFabric } from './machine-fabric.ts'
import type { MachineLinks } from './machine-links.ts'
import type { Subnet } from './topology.ts'

/** Machines that are changed in one transaction. */
const together = 128

/**
 * Gives every machine the place that it has by the subnets of now. Machines of which it is the same
 * are read and left alone.
 */
export async function placeMachines(domain: Domain, book: LinkBook, turns: Turns): Promise<void> {
  const subnets = (await knownSubnets(domain.store)).map(({ subnet }) => subnet)
  const moved: string[] = []
  for (const machine of await domain.store.machines()) {
    const links = await book.linksOf(machine)
    if (links !== null && movedAttributes(machine, subnets, links) !== null) moved.push(machine.id)
    await turns.give()
  }
  for (let from = 0; from < moved.length; from += together) {
    await domain.transact(async (work) => {
      for (const id of moved.slice(from, from + together)) {
        const machine = await work.machines.find(id)
        if (machine === null) continue
        // Its facts may be others by now.
        const links = await book.linksOf(machine)
        const attributes = links === null ? null : movedAttributes(machine, subnets, links)
        if (links === null || attributes === null) continue
        const inventoryRevision = machine.inventoryRevision + 1
        const placed = work.machines.update({ ...machine, attributes, inventoryRevision })
        work.after(() => book.keep(placed, links))
      }
    })
    await turns.give()
  }
}

/** The attributes of a machine with its place; null where it has them already. */
function movedAttributes(
  { attributes: before }: Pick<MachineRecord, 'attributes'>,
  subnets: readonly Subnet[],
  links: MachineLinks,
): Readonly<Record<string, unknown>> | null {
  const attributes = withPlace(before, machineFabric(subnets, links))
  return JSON.stringify(attributes) === JSON.stringify(before) ? null : attributes
}

const placeNames: ReadonlySet<string> = new Set(fabricAttributes.map(({ name }) => name))

function withPlace(
  attributes: Readonly<Record<string, unknown>>,
  fabric: MachineFabric | null,
): Readonly<Record<string, unknown>> {
  const nothingElse = { inventory: emptyInventory, benchmarks: [], findings: null, labels: {} }
  const place = presentAttributes(readAll(fabricAttributes, { ...nothingElse, fabric }))
  const others = Object.entries(attributes).filter(([name]) => !placeNames.has(name))
  // By name, as they are kept.
  const all = [...others, ...Object.entries(place)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(all)
}
