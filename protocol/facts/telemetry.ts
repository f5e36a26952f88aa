import { z } from 'zod'
import { bytes, count, type Frozen, kernelName } from './fields.ts'

/** How busy the machine is right now. Sent while an agent runs; no part of the inventory. */
export const telemetry = z.strictObject({
  memory: z.strictObject({
    sizeBytes: bytes,
    availableSizeBytes: bytes,
    usedSizeBytes: bytes,
  }),
  cpu: z.strictObject({
    /** Share of all CPUs' time that was not idle since the last reading, 0 to 1. */
    loadRatio: z.number().min(0).max(1),
  }),
  interfaces: z
    .array(
      z.strictObject({
        name: kernelName,
        receivedBytes: count,
        transmittedBytes: count,
        /** Null in the first reading. */
        receivedBytesPerSecond: z.number().nonnegative().nullable(),
        transmittedBytesPerSecond: z.number().nonnegative().nullable(),
      }),
    )
    .max(1024),
})

/** See {@link telemetry}. */
export type Telemetry = Frozen<z.infer<typeof telemetry>>
