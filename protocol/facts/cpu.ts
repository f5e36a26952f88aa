import { z } from 'zod'
import { bytes, count, cpuNumbers, type Frozen, textOrNull } from './fields.ts'

/** All caches of one level and type in one package. */
const cache = z.strictObject({
  level: z.int().min(1).max(8),
  type: z.enum(['data', 'instruction', 'unified']),
  /** Size of one instance. */
  sizeBytes: bytes,
  /** Instances in this package. */
  instanceCount: count,
  lineSizeBytes: bytes.nullable(),
  ways: count.nullable(),
})

const cpuPackage = z.strictObject({
  /** The kernel's physical package id; the position in the list where the kernel knows none. */
  id: count,
  /** As the processor spells it: `GenuineIntel`, `AuthenticAMD`, `ARM`. */
  vendor: textOrNull,
  model: textOrNull,
  /** CPUID family, model and stepping in decimal; null off x86. */
  family: count.nullable(),
  modelNumber: count.nullable(),
  stepping: count.nullable(),
  /** Microcode revision as the kernel prints it, `0xb000040`. */
  microcode: textOrNull,
  /** Cores and threads that are online. */
  coreCount: count,
  threadCount: count,
  cpus: cpuNumbers,
  baseFrequencyHz: count.nullable(),
  minFrequencyHz: count.nullable(),
  maxFrequencyHz: count.nullable(),
  caches: z.array(cache).max(64),
})

/** A socket as the firmware describes it, SMBIOS type 4 (DSP0134 §7.5). */
const socket = z.strictObject({
  /** Label on the board, `CPU1`. */
  designation: textOrNull,
  populated: z.boolean(),
  /** `Enabled`, `Disabled By BIOS`; null when the firmware does not say. */
  status: textOrNull,
  manufacturer: textOrNull,
  model: textOrNull,
  coreCount: count.nullable(),
  enabledCoreCount: count.nullable(),
  threadCount: count.nullable(),
  /** What the socket takes, not what the processor reaches. */
  maxFrequencyHz: count.nullable(),
  /** Frequency at boot. */
  bootFrequencyHz: count.nullable(),
  serial: textOrNull,
  partNumber: textOrNull,
  /** SMBIOS type 7; sizes are of the whole socket. */
  caches: z
    .array(
      z.strictObject({
        level: z.int().min(1).max(8),
        type: textOrNull,
        sizeBytes: bytes.nullable(),
        errorCorrection: textOrNull,
      }),
    )
    .max(8),
})

/** Processors as the kernel brought them up: /proc/cpuinfo and /sys/devices/system/cpu. */
export const cpuFacts = z.strictObject({
  /** Kernel machine name: `x86_64`, `aarch64`; null where nothing on the machine says it. */
  architecture: textOrNull,
  /** x86-64 psABI level from the flags; null off x86-64. */
  x86Level: z.int().min(1).max(4).nullable(),
  packageCount: count,
  /** Cores with at least one online thread. */
  coreCount: count,
  /** Online logical CPUs. */
  threadCount: count,
  /** Logical CPUs present, online or not. */
  presentCount: count,
  online: cpuNumbers,
  packages: z.array(cpuPackage).max(1024),
  /** Empty where there is no SMBIOS table. */
  sockets: z.array(socket).max(1024),
  /** Feature flags of the first CPU, in the kernel's order. */
  flags: z.array(z.string().min(1).max(64)).max(1024),
})

/** See {@link cpuFacts}. */
export type CpuFacts = Frozen<z.infer<typeof cpuFacts>>
