import type { FactClass } from '../../../protocol/facts/classes.ts'
import type { IdLists } from '../../ids/read-id-lists.ts'
import { componentsOn, isFirmwareField } from './importance.ts'
import { isFields, type Step, type TreeChange } from './tree-diff.ts'
import { nameText, valueText } from './value-text.ts'

/** What the change means, in one line: `DIMM P1-DIMMC1 gone: 32 GiB`, `BIOS 1.2 -> 1.3`. */
export function describeChange(name: FactClass, change: TreeChange, names: IdLists): string {
  const { subject, rest, summary } = subjectOf(name, change, names)
  if (rest.length === 0 && change.kind !== 'changed') {
    const what = change.kind === 'added' ? 'new' : 'gone'
    return summary === '' ? `${subject} ${what}` : `${subject} ${what}: ${summary}`
  }
  const field = rest.findLast((step) => step.kind === 'field')?.name ?? name
  const after = valueText(field, change.after) ?? 'none'
  const before = valueText(field, change.before) ?? 'none'
  const words = wordsOf(subject, rest)
  const isFirmware =
    isFirmwareField(field) ||
    rest.some((step) => step.kind === 'field' && step.name === 'firmwareVersions')
  return isFirmware ? `${words} ${before} -> ${after}` : `${words} ${after}, was ${before}`
}

/** Classes that are one thing, by the word people use for it. */
const classNouns: Partial<Readonly<Record<FactClass, string>>> = {
  firmware: 'BIOS',
  cpu: 'CPU',
  usb: 'USB',
  pci: 'PCI',
  numa: 'NUMA',
  gpu: 'GPU',
  nic: 'network',
}

interface Subject {
  readonly subject: string
  /** The steps from the subject down. */
  readonly rest: readonly Step[]
  readonly summary: string
}

/** The parts that the change is in, or the class itself. */
function subjectOf(name: FactClass, { steps }: TreeChange, names: IdLists): Subject {
  const found = componentsOn(name, steps)
  const last = found.at(-1)
  if (last === undefined) {
    return { subject: classNouns[name] ?? name, rest: steps, summary: '' }
  }
  const itemOf = ({ step }: typeof last) => (isFields(step.item) ? step.item : {})
  return {
    subject: found
      .map((one) =>
        `${one.component.noun} ${one.component.label(itemOf(one), one.step.index)}`.trim(),
      )
      .join(' '),
    rest: steps.slice(last.at + 1),
    summary: last.component.summary(itemOf(last), names),
  }
}

/** Names of fields that say nothing beside their part and value. */
const silentWords: ReadonlySet<string> = new Set([
  'active',
  'details',
  'healthy',
  'id',
  'lane width',
  'management',
])

/** `BIOS`, `GPU 3 link`, `disk sda partition 2 size`: names that say nothing more are left out. */
function wordsOf(subject: string, rest: readonly Step[]): string {
  const names = rest.map((step) => (step.kind === 'field' ? nameText(step.name) : step.key))
  const isSilent = (name: string) =>
    silentWords.has(name) || (subject === 'BIOS' && name === 'version')
  return [subject, ...names.filter((name) => !isSilent(name))].join(' ')
}
