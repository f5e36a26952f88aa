/**
 * What the driver of a GPU tells of it, whoever asked: NVML, `nvidia-smi`, the amdgpu driver,
 * `rocm-smi` or `amd-smi`. Null, or a name that is not there: the driver does not tell it.
 */
import { z } from 'zod'
import { bytes, count, type Frozen, pciAddress, text, textOrNull } from './fields.ts'

/** Names in kebab case with `.` between levels: `sram-uncorrectable`, `gpu`, `memory`. */
const name = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/)

/** Numbers by name, for what each generation of GPUs has more of. */
export const namedNumbers = z
  .record(name, z.number())
  .refine((numbers) => Object.keys(numbers).length <= 64, 'too many names')

/** See {@link namedNumbers}. */
export type NamedNumbers = Frozen<z.infer<typeof namedNumbers>>

const watts = z.number().nonnegative().nullable()
const ratio = z.number().min(0).max(1)

/** Sessions of an engine for video or for capturing frames. */
const sessions = z.strictObject({
  count: count.nullable(),
  averageFramesPerSecond: count.nullable(),
  averageLatencyMicroseconds: count.nullable(),
})

/** One end of an NVLink. */
const nvLink = z.strictObject({
  index: count.max(63),
  active: z.boolean(),
  version: count.nullable(),
  /** The other end; null while the link is down. NVSwitches hidden by a hypervisor have none. */
  remoteAddress: pciAddress.nullable(),
  remoteKind: z.enum(['gpu', 'switch', 'cpu']).nullable(),
})

/** A part of a GPU that Multi-Instance GPU made a device of its own. */
const migDevice = z.strictObject({
  index: count,
  gpuInstanceId: count,
  computeInstanceId: count,
  uuid: textOrNull,
  memorySizeBytes: bytes.nullable(),
  multiprocessorCount: count.nullable(),
})

/** What changes by the minute and says nothing of which machine it is. */
const readings = z.strictObject({
  /** `P0` fastest to `P15`; AMD's name of its policy (`auto`). */
  performanceState: textOrNull,
  clocksHz: namedNumbers,
  temperaturesCelsius: namedNumbers,
  /** Averaged by the device over its own window. */
  powerWatts: watts,
  instantPowerWatts: watts,
  fanRatio: ratio.nullable(),
  /** Share of time that an engine was busy. */
  utilizationRatio: z
    .record(name, ratio)
    .refine((all) => Object.keys(all).length <= 32, 'too many'),
  memoryUsedBytes: bytes.nullable(),
  memoryFreeBytes: bytes.nullable(),
  visibleMemoryUsedBytes: bytes.nullable(),
  /** PCI Express generation, 1 for 2.5 GT/s. A GPU at rest lowers it. */
  linkGeneration: count.nullable(),
  linkLaneWidth: count.nullable(),
  sentBytesPerSecond: count.nullable(),
  receivedBytesPerSecond: count.nullable(),
  /** Why the clocks are below what they could be: `sw-power-cap`; null where not told. */
  throttleReasons: z.array(name).max(32).nullable(),
  encoder: sessions.nullable(),
  frameCapture: sessions.nullable(),
  voltageMillivolts: count.nullable(),
})

/** See the head of this file. */
export const gpuManagement = z.strictObject({
  source: z.enum(['nvml', 'nvidia-procfs', 'nvidia-smi', 'amdgpu', 'rocm-smi', 'amd-smi']),
  /** Position in the driver's own list. */
  index: count.nullable(),
  name: textOrNull,
  brand: textOrNull,
  /** `Hopper`; `gfx942` of AMD. */
  architecture: textOrNull,
  /** `GPU-37037c3f-...`; AMD's unique id in 16 hex digits. */
  uuid: textOrNull,
  serial: textOrNull,
  boardId: textOrNull,
  boardPartNumber: textOrNull,
  gpuPartNumber: textOrNull,
  fruPartNumber: textOrNull,
  /** Place on the base board, as `nvidia-smi` counts it. */
  moduleId: count.nullable(),
  /** Index of the device node: /dev/nvidia0. */
  minorNumber: count.nullable(),
  vbiosVersion: textOrNull,
  /** Versions of firmware and InfoROM objects by name: `inforom-image`, `gsp`, `sdma`. */
  firmwareVersions: z.record(name, text).refine((all) => Object.keys(all).length <= 96, 'too many'),
  memorySizeBytes: bytes.nullable(),
  /** Of {@link memorySizeBytes}, kept by the driver and firmware. */
  memoryReservedBytes: bytes.nullable(),
  memoryVendor: textOrNull,
  /** Memory that the CPU can map: BAR1 of NVIDIA, visible VRAM of AMD. */
  visibleMemorySizeBytes: bytes.nullable(),
  computeMode: textOrNull,
  persistence: z.boolean().nullable(),
  virtualizationMode: textOrNull,
  /** What device and slot can do together; `device` and `host`, each alone. Generations from 1. */
  link: z
    .strictObject({
      maxGeneration: count.nullable(),
      deviceMaxGeneration: count.nullable(),
      hostMaxGeneration: count.nullable(),
      maxLaneWidth: count.nullable(),
      /** Packets sent again since the driver was loaded. */
      replayCount: count.nullable(),
      replayRolloverCount: count.nullable(),
    })
    .nullable(),
  /** Null on GPUs without ECC; pending: from the next reset on. */
  ecc: z.strictObject({ enabled: z.boolean(), pendingEnabled: z.boolean().nullable() }).nullable(),
  /** Since the driver was loaded: `sram-uncorrectable`, `total-correctable`. */
  eccErrorsVolatile: namedNumbers,
  /** In the life of the board. */
  eccErrorsAggregate: namedNumbers,
  /** Null where the GPU remaps no rows (before NVIDIA's Ampere). */
  remappedRows: z
    .strictObject({
      correctableCount: count,
      uncorrectableCount: count,
      /** A row waits for the next reset to be remapped. */
      pending: z.boolean(),
      /** A row could not be remapped: the GPU is to be replaced. */
      failed: z.boolean(),
      /** Banks by the spare rows that are left: `max`, `high`, `partial`, `low`, `none`. */
      banks: namedNumbers,
    })
    .nullable(),
  /** Pages taken out of use; null where rows are remapped instead. */
  retiredPages: z
    .strictObject({
      singleBitCount: count.nullable(),
      doubleBitCount: count.nullable(),
      pending: z.boolean().nullable(),
    })
    .nullable(),
  mig: z
    .strictObject({
      enabled: z.boolean(),
      pendingEnabled: z.boolean().nullable(),
      devices: z.array(migDevice).max(64),
    })
    .nullable(),
  /** AMD: how the chip is cut (`SPX`, `CPX`) and its memory (`NPS1`). */
  partition: z.strictObject({ compute: textOrNull, memory: textOrNull }).nullable(),
  nvLinks: z.array(nvLink).max(64),
  /** Registration of the GPU with the NVLink fabric; null where there is none. */
  fabric: z
    .strictObject({
      state: z.enum(['not-started', 'in-progress', 'completed']),
      /** `Success`, or why it failed; null before it completed. */
      status: textOrNull,
      cliqueId: count.nullable(),
      clusterUuid: textOrNull,
    })
    .nullable(),
  /** The driver wants the GPU reset, or memory of it to be repaired, before it is well again. */
  resetRequired: z.boolean().nullable(),
  repairPending: z.boolean().nullable(),
  /** `limit` in force, `requested`, `default`, `min`, `max`. */
  powerLimitsWatts: namedNumbers,
  maxClocksHz: namedNumbers,
  applicationClocksHz: namedNumbers,
  defaultApplicationClocksHz: namedNumbers,
  /** `max`, `slow`, `max-gpu`, `max-memory`, `target`; `...-tlimit`: degrees below the limit. */
  temperatureLimitsCelsius: namedNumbers,
  readings,
})

/** See {@link gpuManagement}. */
export type GpuManagement = Frozen<z.infer<typeof gpuManagement>>

/** A management record of which only the source is known. */
export function emptyManagement(source: GpuManagement['source']): GpuManagement {
  return {
    source,
    index: null,
    name: null,
    brand: null,
    architecture: null,
    uuid: null,
    serial: null,
    boardId: null,
    boardPartNumber: null,
    gpuPartNumber: null,
    fruPartNumber: null,
    moduleId: null,
    minorNumber: null,
    vbiosVersion: null,
    firmwareVersions: {},
    memorySizeBytes: null,
    memoryReservedBytes: null,
    memoryVendor: null,
    visibleMemorySizeBytes: null,
    computeMode: null,
    persistence: null,
    virtualizationMode: null,
    link: null,
    ecc: null,
    eccErrorsVolatile: {},
    eccErrorsAggregate: {},
    remappedRows: null,
    retiredPages: null,
    mig: null,
    partition: null,
    nvLinks: [],
    fabric: null,
    resetRequired: null,
    repairPending: null,
    powerLimitsWatts: {},
    maxClocksHz: {},
    applicationClocksHz: {},
    defaultApplicationClocksHz: {},
    temperatureLimitsCelsius: {},
    readings: {
      performanceState: null,
      clocksHz: {},
      temperaturesCelsius: {},
      powerWatts: null,
      instantPowerWatts: null,
      fanRatio: null,
      utilizationRatio: {},
      memoryUsedBytes: null,
      memoryFreeBytes: null,
      visibleMemoryUsedBytes: null,
      linkGeneration: null,
      linkLaneWidth: null,
      sentBytesPerSecond: null,
      receivedBytesPerSecond: null,
      throttleReasons: null,
      encoder: null,
      frameCapture: null,
      voltageMillivolts: null,
    },
  }
}
