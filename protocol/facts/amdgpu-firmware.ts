import { z } from 'zod'
import { count, type Frozen, hex, text } from './fields.ts'

/** Firmware that the amdgpu driver loaded into the units of a GPU. */
export const amdgpuFirmware = z.strictObject({
  units: z
    .array(
      z.strictObject({
        /** `MEC`, `SDMA0`. */
        name: text,
        featureVersion: count.nullable(),
        firmwareVersion: hex(8),
      }),
    )
    .max(96),
})

/** See {@link amdgpuFirmware}. */
export type AmdgpuFirmware = Frozen<z.infer<typeof amdgpuFirmware>>
