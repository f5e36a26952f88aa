import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'

/** Formats that an inventory can be imported from; `docs/import.md` tells what becomes of each field. */
export const importFormats = ['jsonl', 'grid5000', 'openb'] as const
export type ImportFormat = (typeof importFormats)[number]

/** What to do with a line that is wrong: take nothing of the file, or all but that machine. */
export const problemPolicies = ['stop', 'skip'] as const
export type ProblemPolicy = (typeof problemPolicies)[number]

/** A host name of one part, lower case: what a machine can be called. */
export const machineNameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a host name of one part, lower case')

/** Something wrong in a file; lines count from 1. */
const importProblemSchema = z.object({ line: z.number().int(), message: z.string() })

/** What an import did, or would do. */
export const importReportSchema = z.object({
  format: z.enum(importFormats),
  /** True: nothing was changed. */
  dryRun: z.boolean(),
  added: z.number().int(),
  changed: z.number().int(),
  unchanged: z.number().int(),
  /** Machines of the file that were left out, with `skip`. */
  refused: z.array(importProblemSchema),
  /** Of how many machines of the file each attribute is known, by name. */
  known: z.record(z.string(), z.number().int()),
})

/** How far an import is: the file is read whole first, then its machines are taken. */
export const importProgressSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('checking'), machines: z.number().int() }),
  z.object({ kind: z.literal('taking'), machines: z.number().int(), of: z.number().int() }),
])

/** The last line of such an answer; a refusal is a problem as RFC 9457 has it. */
export const importEndSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('report'), report: importReportSchema }),
  z.object({ kind: z.literal('problem'), problem: z.unknown() }),
])

/** Media type of an answer to `POST /v1/imports` that tells how far it is. */
export const importProgressType = 'application/x-ndjson'

/** What became of imported machines that were to be forgotten. */
export const forgottenSchema = z.object({ forgotten: z.number().int() })

export type Forgotten = Frozen<z.infer<typeof forgottenSchema>>
export type ImportProgress = Frozen<z.infer<typeof importProgressSchema>>
export type ImportEnd = Frozen<z.infer<typeof importEndSchema>>
export type ImportProblem = Frozen<z.infer<typeof importProblemSchema>>
export type ImportReport = Frozen<z.infer<typeof importReportSchema>>
