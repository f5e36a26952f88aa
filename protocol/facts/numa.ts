import { z } from 'zod'
import { bytes, count, cpuNumbers, type Frozen } from './fields.ts'

/** NUMA nodes as the kernel knows them (/sys/devices/system/node). */
export const numaFacts = z.strictObject({
  nodes: z
    .array(
      z.strictObject({
        id: count,
        /** Online CPUs of the node; empty on a node of memory only. */
        cpus: cpuNumbers,
        /** Null when the kernel gives no `meminfo` for the node. */
        memorySizeBytes: bytes.nullable(),
        /** Relative access cost to each node of the list, in its order; 10 is local (ACPI SLIT). */
        distances: z.array(count).max(1024),
      }),
    )
    .max(1024),
})

/** See {@link numaFacts}. */
export type NumaFacts = Frozen<z.infer<typeof numaFacts>>
