import { z } from 'zod'
import type { Frozen } from '../../protocol/facts/fields.ts'
import { gpuImport } from '../../protocol/facts/gpu-import.ts'

/** What the process that holds NVML prints: facts, and the calls that failed. */
export const nvmlReport = z.strictObject({
  ...gpuImport.shape,
  nvmlVersion: z.string().max(256).nullable(),
  failures: z.array(z.strictObject({ call: z.string().max(96), code: z.int() })).max(1024),
})

/** See {@link nvmlReport}. */
export type NvmlReport = Frozen<z.infer<typeof nvmlReport>>
