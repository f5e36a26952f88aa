import type { Labels } from '../../protocol/api.ts'
import { flatten, labelAttribute, presentAttributes } from '../../protocol/attributes.ts'
import type { Json } from '../../protocol/canonical.ts'
import type { Domain } from '../domain.ts'
import { fabricOfMachine } from '../fabric/known-fabric.ts'
import { withMachineFindings } from '../inventory/findings/machine-findings.ts'
import { shapeOf } from '../inventory/shape.ts'
import type { MachineRecord } from '../store/records.ts'
import type { Known } from './imported-machine.ts'
import type { MachineOnLine } from './read-import.ts'
import { statedShape } from './stated-shape.ts'

/** An imported machine as it is kept. */
export interface Described {
  readonly line: number
  readonly name: string
  readonly labels: Labels
  readonly attributes: Readonly<Record<string, Json>>
  readonly shape: MachineRecord['shape']
  /** Null: only attributes are known. */
  readonly facts: KnownFacts | null
}

type KnownFacts = Extract<Known, { kind: 'facts' }>

/** What the server keeps of a machine of a file. */
export async function describeMachine(
  { store }: Pick<Domain, 'store'>,
  { line, machine: { name, labels, known } }: MachineOnLine,
): Promise<Described> {
  if (known.kind === 'attributes') {
    const labelled = Object.entries(labels).map(
      ([key, value]) => [labelAttribute(key), value] as const,
    )
    const attributes = presentAttributes(new Map([...known.values, ...labelled]))
    return { line, name, labels, attributes, shape: statedShape(known.values), facts: null }
  }
  const { inventory, findings, results } = known
  const values = flatten({
    inventory,
    benchmarks: results,
    findings: withMachineFindings(findings, inventory),
    fabric: await fabricOfMachine(store, inventory),
    labels,
  })
  const attributes = presentAttributes(values)
  return { line, name, labels, attributes, shape: shapeOf(inventory), facts: known }
}
