import { z } from 'zod'
import { bytes, count, cpuNumbers, type Frozen } from './fields.ts'
import { hugepagePool } from './memory.ts'

/**
 * How fast the nearest initiators reach the memory of a node, as the firmware says (ACPI HMAT, kernel
 * document numaperf.rst). A figure it does not give is null.
 */
const nodeAccess = z.strictObject({
  /** 0: of all initiators, 1: of CPUs alone. */
  class: z.int().min(0).max(1),
  /** Nodes whose initiators reach it this well. */
  initiators: z.array(count).max(1024),
  readBandwidthMebibytesPerSecond: count.nullable(),
  writeBandwidthMebibytesPerSecond: count.nullable(),
  readLatencyNanoseconds: count.nullable(),
  writeLatencyNanoseconds: count.nullable(),
})

/** A cache in front of the memory of a node, as Optane's memory mode has one (numaperf.rst). */
const memorySideCache = z.strictObject({
  level: count,
  sizeBytes: bytes.nullable(),
  lineSizeBytes: count.nullable(),
  indexing: z.enum(['direct-mapped', 'indexed', 'other']).nullable(),
  writePolicy: z.enum(['write-back', 'write-through', 'other']).nullable(),
})

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
        access: z.array(nodeAccess).max(2),
        memorySideCaches: z.array(memorySideCache).max(16),
        hugepages: z.array(hugepagePool).max(16),
      }),
    )
    .max(1024),
})

/** See {@link numaFacts}. */
export type NumaFacts = Frozen<z.infer<typeof numaFacts>>
