import { z } from 'zod'
import type { Frozen } from './fields.ts'

/** Something an operator should know of a machine: a fact that could not be read, a fault, a risk. */
export const finding = z.strictObject({
  /** Stable name in kebab case, dotted by area: `smbios.truncated`, `probe.failed`. */
  code: z
    .string()
    .max(64)
    .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/),
  severity: z.enum(['info', 'warning', 'error']),
  /** What it is about: a class, a PCI address, a disk name. */
  subject: z.string().min(1).max(128),
  message: z.string().min(1).max(1024),
})

/** See {@link finding}. */
export type Finding = Frozen<z.infer<typeof finding>>
