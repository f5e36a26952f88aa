import { z } from 'zod'
import { count, type Frozen, hex, numaNodeOrNull, pciAddress, textOrNull } from './fields.ts'

/** A topology file of NCCL: the devices that it connects, and the path of each pair of them. */
export const ncclTopology = z.strictObject({
  version: count.nullable(),
  cpus: z
    .array(
      z.strictObject({
        numaNode: count.nullable(),
        architecture: textOrNull,
        vendor: textOrNull,
        /** CPU mask in hex words. */
        affinity: textOrNull,
      }),
    )
    .max(256),
  devices: z
    .array(
      z.strictObject({
        address: pciAddress,
        numaNode: numaNodeOrNull,
        /** The switches above, from the CPU down. */
        switches: z.array(pciAddress).max(64),
        /** Null where the file leaves them to the machine. */
        vendorId: hex(4).nullable(),
        deviceId: hex(4).nullable(),
        classCode: hex(6).nullable(),
        linkSpeedGtPerS: z.number().positive().nullable(),
        laneWidth: count.nullable(),
      }),
    )
    .max(512),
  /** As `pairs` of device-paths.ts. */
  pairs: z.string().max(130_816),
})

/** See {@link ncclTopology}. */
export type NcclTopology = Frozen<z.infer<typeof ncclTopology>>
