import { type DeviceNames, pciNameText } from '../protocol/device-names.ts'
import type { FactsOf } from '../protocol/facts/inventory.ts'
import { linkStates, linkText } from '../protocol/facts/pci-links.ts'
import { type PciBranch, pciTree } from '../protocol/facts/pci-tree.ts'

/** Every PCI function where it hangs, a line each, with its name, its link and its driver. */
export function pciTreeText({ functions }: FactsOf<'pci'>, names: DeviceNames): string | null {
  const links = linkStates(functions)
  const line = ({ pci, virtualFunctionCount }: PciBranch): string => {
    const known = names.pci[pci.address]
    const link = links.get(pci.address)
    const words = [
      `${pci.vendorId}:${pci.deviceId}`,
      link === undefined ? null : linkText(link),
      pci.driver,
      pci.slot === null ? null : `slot ${pci.slot}`,
      virtualFunctionCount === 0 ? null : `${virtualFunctionCount} virtual functions`,
    ]
    const name = `${known?.class ?? `class ${pci.classCode}`}: ${pciNameText(pci, known)}`
    return `${pci.address} ${name} (${words.filter((word) => word !== null).join(', ')})`
  }
  const lines = (branches: readonly PciBranch[], depth: number): readonly string[] =>
    branches.flatMap((branch) => [
      `${'  '.repeat(depth)}${line(branch)}`,
      ...lines(branch.children, depth + 1),
    ])
  const roots = pciTree(functions)
  if (roots.length === 0) return null
  return roots.flatMap(({ bus, children }) => [`root bus ${bus}`, ...lines(children, 1)]).join('\n')
}
