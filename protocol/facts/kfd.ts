import { z } from 'zod'
import { bytes, count, type Frozen, hex, pciAddress, text, textOrNull } from './fields.ts'

/**
 * Topology of AMD's compute driver, /sys/class/kfd/kfd/topology
 * (include/uapi/linux/kfd_sysfs.h, drivers/gpu/drm/amd/amdkfd/kfd_topology.c).
 */
export const kfdTopology = z.strictObject({
  nodes: z
    .array(
      z.strictObject({
        id: count,
        /** A node with CPU cores is a NUMA node; an APU is both. */
        kind: z.enum(['cpu', 'gpu', 'apu']),
        /** The driver's random id of a GPU, 0 of CPUs; null where unreadable. */
        gpuId: count.nullable(),
        /** Code name of the chip. */
        name: textOrNull,
        address: pciAddress.nullable(),
        vendorId: hex(4).nullable(),
        deviceId: hex(4).nullable(),
        cpuCoreCount: count,
        /** Four to a compute unit before gfx10, two after. */
        simdCount: count,
        /** First number of the SIMDs; the driver sets bit 31. */
        simdIdBase: count,
        computeUnitCount: count.nullable(),
        /** Compute dies that work as one in this partition (XCC). */
        computeDieCount: count.nullable(),
        waveFrontSize: count.nullable(),
        /** `gfx90a`. */
        gfxTarget: text.nullable(),
        /** Serial of the chip in 16 hex digits. */
        uniqueId: hex(16).nullable(),
        /** GPUs of one XGMI hive carry the same; null outside of any. */
        hiveId: hex(16).nullable(),
        drmRenderMinor: count.nullable(),
        maxEngineClockHz: count.nullable(),
        firmwareVersion: count.nullable(),
        sdmaFirmwareVersion: count.nullable(),
        sdmaEngineCount: count.nullable(),
        sdmaXgmiEngineCount: count.nullable(),
        memoryBanks: z
          .array(
            z.strictObject({
              /** Heap: memory of the host, all or the visible part of the device, LDS, GDS, ... */
              kind: z.enum([
                'system',
                'public',
                'private',
                'gds',
                'lds',
                'scratch',
                'svm',
                'other',
              ]),
              sizeBytes: bytes,
              flags: count,
              widthBits: count.nullable(),
              maxClockHz: count.nullable(),
            }),
          )
          .max(64),
        /** Caches of each level: how many and how large one is. */
        caches: z.array(z.strictObject({ level: count, sizeBytes: bytes, count })).max(64),
        /**
         * Links out of the node, those alike together: 64 partitions have 4,096 of them. `peer`: a
         * path over other links.
         */
        links: z
          .array(
            z.strictObject({
              /** The node itself, as a rule. */
              from: count,
              to: z.array(count).min(1).max(256),
              kind: z.enum(['hypertransport', 'pcie', 'xgmi', 'other']),
              peer: z.boolean(),
              /** Relative cost: 15 one XGMI hop, 20 PCI Express to the CPU. */
              weight: count,
              minBandwidthBytesPerSecond: count.nullable(),
              maxBandwidthBytesPerSecond: count.nullable(),
            }),
          )
          .max(64),
      }),
    )
    .max(256),
  /** GPUs that reach each other over XGMI. */
  hives: z.array(z.strictObject({ id: hex(16), nodes: z.array(count).max(256) })).max(64),
})

/** See {@link kfdTopology}. */
export type KfdTopology = Frozen<z.infer<typeof kfdTopology>>

/** One entry of {@link KfdTopology}. */
export type KfdNode = KfdTopology['nodes'][number]
