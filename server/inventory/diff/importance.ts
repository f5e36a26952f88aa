import type { FactClass } from '../../../protocol/facts/classes.ts'
import type { InventoryChange } from '../../../protocol/inspections.ts'
import { componentAt } from './components.ts'
import { isFields, type Fields, type Step, type TreeChange } from './tree-diff.ts'

type Importance = InventoryChange['importance']

/** How much a change means to whoever runs the machine. */
export function importanceOf(name: FactClass, change: TreeChange): Importance {
  const pattern = patternOf(name, change.steps)
  if (name === 'pci') return pciImportance(pattern, change)
  if (detailPatterns.some((one) => one.test(pattern))) return 'detail'
  const last = change.steps.at(-1)
  if (change.kind !== 'changed' && last?.kind === 'item') {
    return hardwareLists.test(pattern) ? 'hardware' : 'state'
  }
  const isNamedFreely = /\.firmwareVersions\./.test(pattern)
  // Every fact has all of its fields: one that has another was told by another release.
  if (change.kind !== 'changed' && !isNamedFreely) return 'detail'
  if (isNamedFreely || isFirmwareField(lastField(change.steps))) return 'firmware'
  return hardwareField.test(lastField(change.steps)) ? 'hardware' : 'state'
}

/** Whether a field holds a version of firmware; of drivers it does not. */
export function isFirmwareField(name: string): boolean {
  return (
    /version|firmware|microcode|revision|releaseDate|vbios/i.test(name) && !/driver/i.test(name)
  )
}

/** The innermost part that the change is in; null for what is in none. */
export function componentOf(name: FactClass, steps: readonly Step[]) {
  return componentsOn(name, steps).at(-1) ?? null
}

/** The parts that the change is in, the outermost first. */
export function componentsOn(name: FactClass, steps: readonly Step[]) {
  let pattern: string = name
  return steps.flatMap((step, at) => {
    if (step.kind === 'field') pattern += `.${step.name}`
    const component = step.kind === 'item' ? componentAt(pattern) : null
    return component === null || step.kind === 'field' ? [] : [{ at, component, step }]
  })
}

/** What tells again, nearer to the metal, what other facts tell in their words. */
const detailPatterns: readonly RegExp[] = [
  /^numa\./,
  /^cpu\.(topology|cacheInstances|kinds|online|packages\.(cpus|caches)|sockets\.caches)/,
  /^gpu\.kfd/,
  /^storage\.(abilities|nvmeControllers|nvmeSubsystems|boot)/,
  /^usb\.devices\.(configurations|drivers|capabilities)/,
  /^tpm\.tpms\.(registers|eventLog\.replayed)/,
  /^bmc\.(announcedInterfaces|interfaces|redfish)/,
  /^security\.(bootVariablesDigest|iommu(GroupCount|Units))/,
]

/** Lists whose items are pieces of hardware. */
const hardwareLists =
  /^(memory\.dimms|cpu\.(sockets|packages)|gpu\.(gpus|switches)|nic\.(interfaces|rdmaDevices|fibreChannelHosts)|storage\.(disks|opticalDrives|adapters|enclosures|expanders)|usb\.devices)$/

const hardwareField =
  /^(serial|model|manufacturer|product|partNumber|uuid|wwn|mac|sizeBytes|memorySizeBytes|installedSizeBytes|coreCount|threadCount|packageCount|type|vendorId|deviceId|rankCount)$/

/** Classes of PCI whose devices other facts tell of: disks, networks, displays, accelerators, USB. */
const toldElsewhere = /^(01|02|03|12|0c03|06)/

/** PCI tells all again; what only it tells is links, and devices that are in no other class. */
function pciImportance(pattern: string, { kind, steps }: TreeChange): Importance {
  const found = componentOf('pci', steps)
  const item: Fields = found !== null && isFields(found.step.item) ? found.step.item : {}
  const isDevice = item['headerType'] === 0 && item['physicalFunction'] === null
  if (!isDevice) return 'detail'
  if (kind !== 'changed' && pattern === 'pci.functions') {
    return toldElsewhere.test(String(item['classCode'])) ? 'detail' : 'hardware'
  }
  const isFirst = String(item['address']).endsWith('.0')
  return pattern === 'pci.functions.link.laneWidth' && isFirst ? 'state' : 'detail'
}

function patternOf(name: FactClass, steps: readonly Step[]): string {
  return [name, ...steps.flatMap((step) => (step.kind === 'field' ? [step.name] : []))].join('.')
}

function lastField(steps: readonly Step[]): string {
  return steps.findLast((step) => step.kind === 'field')?.name ?? ''
}
