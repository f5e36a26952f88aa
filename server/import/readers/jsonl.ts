import { z } from 'zod'
import { labelsSchema } from '../../../protocol/api.ts'
import { parsePresented } from '../../../protocol/attributes/parse-presented.ts'
import { benchmarkResultSchema } from '../../../protocol/benchmarks.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import { finding } from '../../../protocol/facts/finding.ts'
import { emptyInventory, isFactClass, parseFacts } from '../../../protocol/facts/inventory.ts'
import type { Inventory } from '../../../protocol/facts/inventory.ts'
import { nearestName } from '../../../protocol/attributes/nearest.ts'
import { factClasses } from '../../../protocol/facts/classes.ts'
import { machineNameSchema } from '../../../protocol/imports.ts'
import { limits } from '../../../protocol/limits.ts'
import type { ImportedMachine, ImportReader } from '../imported-machine.ts'
import { entryOf, parseJson } from './entry.ts'

/**
 * One JSON object a line: a `name`, `labels`, and either `facts` with their `findings` and
 * benchmark `results`, as `assay-agent discover` prints them, or `attributes` as the API shows them.
 */
export const readJsonl: ImportReader = async function* (lines) {
  for await (const { number, text } of lines) {
    if (text.trim() !== '') yield entryOf(number, () => toMachine(parseJson(text)))
  }
}

const objectSchema = z.record(z.string(), z.unknown())

const lineSchema = z.strictObject({
  name: machineNameSchema,
  labels: labelsSchema.default({}),
  facts: objectSchema.optional(),
  attributes: objectSchema.optional(),
  findings: z.array(finding).max(limits.findingsPerInspection).default([]),
  results: z.array(benchmarkResultSchema).max(4096).default([]),
  /** A digest of the facts that `discover` prints beside them: it is in the facts already. */
  firmware: z.unknown().optional(),
})

function toMachine(value: unknown): ImportedMachine {
  const parsed = lineSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where =
      issue === undefined || issue.path.length === 0 ? '' : `'${issue.path.join('.')}': `
    throw new DecodeError(`${where}${issue?.message ?? 'is no machine'}`)
  }
  const { name, labels, facts, attributes, findings, results } = parsed.data
  if ((facts === undefined) === (attributes === undefined)) {
    throw new DecodeError("wanted either 'facts' or 'attributes'")
  }
  if (attributes !== undefined) {
    if (findings.length + results.length > 0) {
      throw new DecodeError("'findings' and 'results' go with 'facts'")
    }
    refuseLabels(attributes)
    return { name, labels, known: { kind: 'attributes', values: parsePresented(attributes) } }
  }
  const inventory = toInventory(facts ?? {})
  return { name, labels, known: { kind: 'facts', inventory, findings, results } }
}

function refuseLabels(attributes: Readonly<Record<string, unknown>>): void {
  const label = Object.keys(attributes).find((name) => name.startsWith('label.'))
  if (label === undefined) return
  throw new DecodeError(`'attributes.${label}': write it into 'labels'`)
}

function toInventory(facts: Readonly<Record<string, unknown>>): Inventory {
  let inventory: Inventory = emptyInventory
  for (const [name, value] of Object.entries(facts)) {
    if (!isFactClass(name)) {
      const near = nearestName(name, factClasses)
      const advice = near === null ? '' : `, did you mean '${near}'`
      throw new DecodeError(`'facts.${name.slice(0, 60)}': there is no such class${advice}`)
    }
    if (value !== null) inventory = { ...inventory, [name]: parseFacts(name, value) }
  }
  return inventory
}
