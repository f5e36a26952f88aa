import type { FactClass } from '../../../protocol/facts/classes.ts'
import type { InventoryChange } from '../../../protocol/inspections.ts'
import { components } from './components.ts'
import { isFields, type Step, type TreeChange } from './tree-diff.ts'
import { nameText, valueText } from './value-text.ts'

/** What the change means, in one line: `DIMM P1-DIMMC1 gone: 32 GiB`, `BIOS 1.2 -> 1.3`. */
export function describeChange(name: FactClass, change: TreeChange): string {
  const { subject, rest, summary } = subjectOf(name, change)
  if (rest.length === 0 && change.kind !== 'changed') {
    const what = change.kind === 'added' ? 'new' : 'gone'
    return summary === '' ? `${subject} ${what}` : `${subject} ${what}: ${summary}`
  }
  const field = rest.findLast((step) => step.kind === 'field')?.name ?? name
  const after = valueText(field, change.after) ?? 'none'
  const before = valueText(field, change.before) ?? 'none'
  const words = wordsOf(subject, rest)
  if (firmwareField.test(field)) return `${words} ${before} -> ${after}`
  return `${words} ${after}, was ${before}`
}

/** How much a change means to whoever runs the machine. */
export function importanceOf(name: FactClass, change: TreeChange): InventoryChange['importance'] {
  if (detailClasses.has(name)) return 'detail'
  const fields = change.steps.filter((step) => step.kind === 'field')
  const last = fields.at(-1)?.name ?? ''
  if (change.kind !== 'changed' && change.steps.at(-1)?.kind === 'item') {
    return componentOf(name, change.steps) === null ? 'detail' : 'hardware'
  }
  if (firmwareField.test(last)) return 'firmware'
  if (hardwareField.test(last)) return 'hardware'
  return 'state'
}

/** Classes that tell again, nearer to the metal, what other classes tell in their words. */
const detailClasses: ReadonlySet<FactClass> = new Set<FactClass>(['pci', 'numa'])

const firmwareField = /version|firmware|microcode|revision|releaseDate|vbios/i
const hardwareField =
  /^(serial|model|manufacturer|product|partNumber|uuid|wwn|mac|sizeBytes|memorySizeBytes|installedSizeBytes|coreCount|threadCount|packageCount|type|vendorId|deviceId|rankCount)$/

/** Classes that are one thing, by the word people use for it. */
const classNouns: Partial<Readonly<Record<FactClass, string>>> = {
  firmware: 'BIOS',
  cpu: 'CPU',
  usb: 'USB',
  pci: 'PCI',
  numa: 'NUMA',
}

interface Subject {
  readonly subject: string
  /** The steps from the subject down. */
  readonly rest: readonly Step[]
  readonly summary: string
}

/** The innermost part that the change is in, or the class itself. */
function subjectOf(name: FactClass, { steps }: TreeChange): Subject {
  const found = componentOf(name, steps)
  if (found === null) return { subject: classNouns[name] ?? name, rest: steps, summary: '' }
  const { at, component, step } = found
  const item = isFields(step.item) ? step.item : {}
  return {
    subject: `${component.noun} ${component.label(item, step.index)}`,
    rest: steps.slice(at + 1),
    summary: component.summary(item),
  }
}

function componentOf(name: FactClass, steps: readonly Step[]) {
  let pattern: string = name
  let found = null
  for (const [at, step] of steps.entries()) {
    if (step.kind === 'field') pattern += `.${step.name}`
    else {
      const component = components.get(pattern)
      if (component !== undefined) found = { at, component, step }
    }
  }
  return found
}

/** `BIOS`, `GPU 3 link`, `disk sda partitions 2 size`: names that say nothing more are left out. */
function wordsOf(subject: string, rest: readonly Step[]): string {
  const names = rest.map((step) => (step.kind === 'field' ? nameText(step.name) : step.key))
  const silent = new Set(['lane width', ...(subject === 'BIOS' ? ['version'] : [])])
  return [subject, ...names.filter((name) => !silent.has(name))].join(' ')
}
