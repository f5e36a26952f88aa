import { z } from 'zod'
import { benchmarkResultSchema } from './benchmarks.ts'
import { factClasses } from './facts/classes.ts'
import type { Frozen } from './facts/fields.ts'
import { finding } from './facts/finding.ts'

/** Steps of an inspection. `ended` is final. */
export const inspectionSteps = ['discovering', 'discovered', 'benchmarking', 'ended'] as const

/** One run of discovery and benchmarks in one boot of a machine. */
export const inspectionSchema = z.object({
  id: z.string(),
  step: z.enum(inspectionSteps),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  /** Classes of facts that came. */
  classes: z.array(z.enum(factClasses)),
  findingCount: z.number(),
})

/** All that an inspection found. */
export const inspectionDetailSchema = inspectionSchema.extend({
  /** Facts by class, as `protocol/facts` types them; null: not reported. */
  inventory: z.record(z.string(), z.unknown()),
  findings: z.array(finding),
  results: z.array(benchmarkResultSchema),
})

/**
 * How much a change means: a part came or went or is another; other firmware; a part runs otherwise;
 * the same told again nearer to the metal.
 */
export const changeImportances = ['hardware', 'firmware', 'state', 'detail'] as const

/** One difference between two inspections of a machine. */
export const inventoryChangeSchema = z.object({
  class: z.enum(factClasses),
  kind: z.enum(['added', 'removed', 'changed']),
  /** Where in the facts of the class, items of lists by what they are: `dimms[P1-DIMMC1].sizeBytes`. */
  path: z.string(),
  /** The value in the facts; null for what is not there. */
  before: z.unknown(),
  after: z.unknown(),
  importance: z.enum(changeImportances),
  /** For people: `DIMM P1-DIMMC1 gone: 32 GiB`, `GPU 3 link x8, was x16`, `BIOS 1.2 -> 1.3`. */
  text: z.string(),
})

/** What two inspections of a machine differ in. */
export const inspectionDiffSchema = z.object({
  from: inspectionSchema,
  to: inspectionSchema,
  /** The most important first. Readings that differ from second to second are left out. */
  changes: z.array(inventoryChangeSchema),
  /** Classes that only one of the two knows, or neither: nothing can be said of them. */
  notCompared: z.array(z.enum(factClasses)),
})

export type Inspection = Frozen<z.infer<typeof inspectionSchema>>
export type InspectionDetail = Frozen<z.infer<typeof inspectionDetailSchema>>
export type InventoryChange = Frozen<z.infer<typeof inventoryChangeSchema>>
export type InspectionDiff = Frozen<z.infer<typeof inspectionDiffSchema>>
