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
  /** `r1p2` on Arm, `2.2 (pvr 004e 1202)` on POWER; null where the stepping says it, as on x86. */
  revision: textOrNull,
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

/** CPU numbers as the kernel writes them, `0-3,8`; empty for none. */
const cpuListText = z
  .string()
  .max(4096)
  .regex(/^(\d+(-\d+)?(,\d+(-\d+)?)*)?$/)

/** Cores that are in one place of the machine; a level the machine does not tell of is null. */
const corePlace = z.strictObject({
  drawerId: count.nullable(),
  bookId: count.nullable(),
  packageId: count.nullable(),
  dieId: count.nullable(),
  clusterId: count.nullable(),
  /** Threads of each core that are online. */
  cores: z.array(cpuListText).max(8192),
})

/** Caches that are alike. */
const cacheInstances = z.strictObject({
  level: z.int().min(1).max(8),
  type: z.enum(['data', 'instruction', 'unified']),
  /** Of one; null where the kernel does not know. */
  sizeBytes: bytes.nullable(),
  lineSizeBytes: bytes.nullable(),
  ways: count.nullable(),
  setCount: count.nullable(),
  /** The CPUs that share each of them; empty where the kernel does not say which. */
  sharedBy: z.array(cpuListText).max(8192),
})

/** CPUs of one kind: all of them, or the fast and the slow ones of a hybrid machine. */
const cpuKind = z.strictObject({
  cpus: cpuListText,
  vendor: textOrNull,
  model: textOrNull,
  /** Relative speed, 1024 being the fastest (kernel document sched-capacity.rst). */
  capacity: count.nullable(),
  minFrequencyHz: count.nullable(),
  maxFrequencyHz: count.nullable(),
})

/** Processors as the kernel brought them up: /proc/cpuinfo and /sys/devices/system/cpu. */
export const cpuFacts = z.strictObject({
  /** What happened since the kernel started, of all CPUs; null where it is not counted. */
  events: z.strictObject({
    /** Machine checks that were raised (`MCE` of /proc/interrupts). */
    machineCheckCount: count.nullable(),
    /** Times cores and packages were slowed down because of heat. */
    coreThrottleCount: count.nullable(),
    packageThrottleCount: count.nullable(),
  }),
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
  /** Present and switched off. */
  offline: cpuNumbers,
  topology: z.array(corePlace).max(8192),
  cacheInstances: z.array(cacheInstances).max(64),
  kinds: z.array(cpuKind).max(16),
  /** Weaknesses the kernel knows of, and what it does about each. */
  vulnerabilities: z
    .array(z.strictObject({ name: z.string().max(64), state: z.string().max(256) }))
    .max(128),
  /** `on`, `off`, `forceoff`, `notsupported`; null where the kernel does not control it. */
  smtControl: textOrNull,
  smtActive: z.boolean().nullable(),
  /** `VT-x`, `AMD-V`; null where the processor has none, or the hypervisor hides it. */
  virtualization: textOrNull,
  physicalAddressBits: count.nullable(),
  virtualAddressBits: count.nullable(),
  /** Whether it may run faster than nominally; null where the kernel does not tell. */
  frequencyBoost: z.boolean().nullable(),
  packages: z.array(cpuPackage).max(1024),
  /** Empty where there is no SMBIOS table. */
  sockets: z.array(socket).max(1024),
  /** Feature flags of the first CPU in the kernel's order; on RISC-V the parts of its ISA string. */
  flags: z.array(z.string().min(1).max(64)).max(1024),
})

/** See {@link cpuFacts}. */
export type CpuFacts = Frozen<z.infer<typeof cpuFacts>>
