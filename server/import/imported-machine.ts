import type { Labels } from '../../protocol/api.ts'
import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { BenchmarkResult } from '../../protocol/benchmarks.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import type { ImportProblem } from '../../protocol/imports.ts'

/** A machine as a file tells of it. */
export interface ImportedMachine {
  readonly name: string
  readonly labels: Labels
  readonly known: Known
}

/**
 * What the file knows of a machine. `facts`: an agent's own report. `attributes`: a description by
 * somebody else, which has too little for facts; what it does not state has no value.
 */
export type Known =
  | {
      readonly kind: 'facts'
      readonly inventory: Inventory
      readonly findings: readonly Finding[]
      readonly results: readonly BenchmarkResult[]
    }
  | { readonly kind: 'attributes'; readonly values: AttributeValues }

/** One machine of a file, or why it is none. */
export type ImportEntry =
  | { readonly kind: 'machine'; readonly line: number; readonly machine: ImportedMachine }
  | ({ readonly kind: 'problem' } & ImportProblem)

/** A line of text without its end; lines count from 1. */
export interface Line {
  readonly number: number
  readonly text: string
}

/** Reads one format: machines in the order of the file. Pure: what it reads from is given to it. */
export type ImportReader = (lines: AsyncIterable<Line>) => AsyncGenerator<ImportEntry>

/** What one import may hold, each with its reason. */
export const importLimits = {
  /** The largest fleet that one server is made for. */
  machines: 100_000,
  /** That fleet as attributes is 400 MiB; facts of a fleet come in several files. */
  fileBytes: 512 * 1024 * 1024,
  /** What is kept of a file in memory, compressed, while it is taken; a tenth is usual. */
  packedBytes: 128 * 1024 * 1024,
  /** One machine's facts are below 1 MiB a class, and a JSON document may be one line. */
  lineBytes: 64 * 1024 * 1024,
  /** All of Grid'5000 in one JSON document is 15 MiB. */
  documentBytes: 64 * 1024 * 1024,
  /** Problems that are listed; a file with more is another format. */
  problems: 100,
} as const
