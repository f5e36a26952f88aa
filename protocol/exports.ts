import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'

/** Forms that an allocation can be handed to a scheduler in; see `docs/exports.md`. */
export const exportFormats = ['slurm', 'kubernetes-labels', 'dra'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** How Slurm shall see the network: as switches below switches, or as blocks of near nodes. */
export const slurmTopologies = ['tree', 'block'] as const
export type SlurmTopology = (typeof slurmTopologies)[number]

/** The files of an export, ready to be used. */
export const exportSchema = z.object({
  format: z.enum(exportFormats),
  files: z.array(z.object({ name: z.string(), mediaType: z.string(), text: z.string() })),
})

export type Export = Frozen<z.infer<typeof exportSchema>>
export type ExportFile = Export['files'][number]
