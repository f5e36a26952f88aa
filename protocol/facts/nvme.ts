import { z } from 'zod'
import {
  bytes,
  count,
  type Frozen,
  hex,
  kernelName,
  numaNodeOrNull,
  pciAddress,
  textOrNull,
  uuidText,
} from './fields.ts'

/** Names of bits that are set. */
const words = z.array(z.string().max(48)).max(32)
/** Counters have 128 bits: exact up to 2^53, rounded above. */
const counter = z.number().nonnegative()
const celsius = z.number().nullable()

const powerState = z.strictObject({
  maximumPowerWatts: z.number().nonnegative(),
  /** False: no command is done in it. */
  operational: z.boolean(),
  entryLatencyMicroseconds: count,
  exitLatencyMicroseconds: count,
  idlePowerWatts: z.number().nonnegative().nullable(),
  activePowerWatts: z.number().nonnegative().nullable(),
})

/** What a controller can, the same for all of its model: Identify, NVM Express base 2.1 §5.1.13.2.1. */
export const nvmeAbilities = z.strictObject({
  /** PCI vendor; null over fabrics, which have none. */
  vendorId: hex(4).nullable(),
  subsystemVendorId: hex(4).nullable(),
  ieeeOui: hex(6).nullable(),
  /** `2.0`, `1.4.1`; null: from before 1.2, when it was not told. */
  version: textOrNull,
  controllerType: z.enum(['io', 'discovery', 'administrative']).nullable(),
  /** `multiple-ports`, `multiple-controllers`, `virtual-function`, `asymmetric-access` (CMIC). */
  sharing: words,
  /** In units of the smallest memory page (4 KiB but for odd hosts); null: no limit. */
  maximumTransferPages: count.nullable(),
  /** OACS: `security`, `format`, `firmware`, `namespace-management`, `self-test`, ... */
  adminCommands: words,
  /** ONCS: `compare`, `dataset-management`, `write-zeroes`, `reservations`, ... */
  commands: words,
  /** LPA: log pages and kinds of them. */
  logPages: words,
  firmwareSlotCount: count,
  firstFirmwareSlotReadOnly: z.boolean(),
  firmwareActivatesWithoutReset: z.boolean(),
  /** SANICAP: `crypto-erase`, `block-erase`, `overwrite`. */
  sanitize: words,
  /** FNA: `formats-all-namespaces`, `erases-all-namespaces`, `crypto-erase`. */
  format: words,
  volatileWriteCache: z.boolean(),
  warningTemperatureCelsius: celsius,
  criticalTemperatureCelsius: celsius,
  /** What host managed thermal management may be set to; null: it has none. */
  thermalManagementCelsius: z.strictObject({ minimum: z.number(), maximum: z.number() }).nullable(),
  maximumNamespaceCount: count,
  extendedSelfTestMinutes: count.nullable(),
  powerStates: z.array(powerState).max(32),
})

/** Identify Controller. */
export const nvmeController = z.strictObject({
  kind: z.literal('controller'),
  serial: textOrNull,
  model: textOrNull,
  firmware: textOrNull,
  controllerId: count,
  subsystemNqn: textOrNull,
  /** TNVMCAP; null: not told. */
  totalCapacityBytes: counter.nullable(),
  /** UNVMCAP: in no namespace yet. */
  unallocatedCapacityBytes: counter.nullable(),
  abilities: nvmeAbilities,
})

/** A way its blocks can be formatted. */
const blockFormat = z.strictObject({
  dataBytes: bytes,
  metadataBytes: bytes,
  relativePerformance: z.enum(['best', 'better', 'good', 'degraded']),
})

/** What a namespace can, the same for all of its model: NVM command set 1.1 §4.1.5.1. */
export const nvmeFormats = z.strictObject({
  formats: z.array(blockFormat).max(64),
  /** NSFEAT: `thin`, `atomic-writes`, `deallocated-error`, `never-reuses-ids`, `preferred-io`. */
  features: words,
  /** MC: `separate`, `at-end-of-block`. */
  metadata: words,
  /** DPC: `type-1`, `type-2`, `type-3`, `first-bytes`, `last-bytes`. */
  protection: words,
  /** RESCAP: kinds of reservation. */
  reservations: words,
})

/** Identify Namespace of the NVM command set. */
export const nvmeNamespace = z.strictObject({
  kind: z.literal('namespace'),
  sizeBytes: counter,
  capacityBytes: counter,
  usedBytes: counter,
  /** In `abilities.formats`. */
  formatIndex: count,
  metadataAtEnd: z.boolean(),
  /** DPS: 0 none, else the type. */
  protectionType: count,
  shared: z.boolean(),
  writeProtected: z.boolean(),
  /** NVMCAP; null: not told. */
  allocatedBytes: counter.nullable(),
  eui64: hex(16).nullable(),
  nguid: hex(32).nullable(),
  anaGroupId: count.nullable(),
  enduranceGroupId: count.nullable(),
  abilities: nvmeFormats,
})

/** What `decode nvme-identify` prints. */
export const nvmeIdentify = z.discriminatedUnion('kind', [nvmeController, nvmeNamespace])

/** The SMART / Health log, NVM Express base 2.1 §5.1.12.1.3. */
export const nvmeSmart = z.strictObject({
  /** `spare-low`, `temperature`, `reliability-degraded`, `read-only`, `backup-failed`, ... */
  criticalWarnings: words,
  temperatureCelsius: celsius,
  spareRatio: z.number().nonnegative(),
  spareThresholdRatio: z.number().nonnegative(),
  /** Of the life the vendor rates it for; up to 2.55. */
  usedRatio: z.number().nonnegative(),
  enduranceGroupWarnings: words,
  /** Units of 512,000 bytes, as bytes. */
  readBytes: counter,
  writtenBytes: counter,
  readCommandCount: counter,
  writeCommandCount: counter,
  busyMinutes: counter,
  powerCycleCount: counter,
  powerOnHours: counter,
  unsafeShutdownCount: counter,
  mediaErrorCount: counter,
  errorLogEntryCount: counter,
  warningTemperatureMinutes: count,
  criticalTemperatureMinutes: count,
  /** By sensor, 1 to 8; null: that sensor is not there. */
  sensorsCelsius: z.array(celsius).max(8),
  /** Times and seconds that host managed thermal management throttled: lightly, heavily. */
  throttleCounts: z.array(count).max(2),
  throttledSeconds: z.array(count).max(2),
})

/** A controller as the kernel has it; the namespaces are the disks. */
export const nvmeControllerFacts = z.strictObject({
  name: kernelName,
  subsystemNqn: textOrNull,
  transport: z.enum(['pcie', 'tcp', 'rdma', 'fc', 'loop', 'apple-nvme']).nullable(),
  /** PCI address or `traddr=...`. */
  address: textOrNull,
  pciAddress: pciAddress.nullable(),
  numaNode: numaNodeOrNull,
  /** `live`, `connecting`, `dead`. */
  state: textOrNull,
  controllerId: count.nullable(),
  model: textOrNull,
  serial: textOrNull,
  firmware: textOrNull,
  totalCapacityBytes: counter.nullable(),
  unallocatedCapacityBytes: counter.nullable(),
})

/** Controllers and namespaces that belong together; native multipath chooses among the paths. */
export const nvmeSubsystem = z.strictObject({
  name: kernelName,
  nqn: textOrNull,
  model: textOrNull,
  serial: textOrNull,
  firmware: textOrNull,
  /** `numa`, `round-robin`, `queue-depth`; null: the kernel does no multipath. */
  ioPolicy: textOrNull,
  controllers: z.array(kernelName).max(256),
  namespaces: z.array(kernelName).max(1024),
})

/** Where an NVMe disk is in its subsystem. */
export const nvmeAttachment = z.strictObject({
  kind: z.literal('nvme'),
  namespaceId: count.nullable(),
  uuid: uuidText.nullable(),
  metadataBytes: bytes.nullable(),
  usedBytes: counter.nullable(),
  /** Null: not asked, or no answer. */
  protectionType: count.nullable(),
  /** Each way to it; one where there is no multipath. */
  paths: z.array(z.strictObject({ controller: kernelName, anaState: textOrNull })).max(64),
})

/** See {@link nvmeIdentify}. */
export type NvmeIdentify = Frozen<z.infer<typeof nvmeIdentify>>
/** See {@link nvmeController}. */
export type NvmeController = Frozen<z.infer<typeof nvmeController>>
/** See {@link nvmeNamespace}. */
export type NvmeNamespace = Frozen<z.infer<typeof nvmeNamespace>>
/** See {@link nvmeSmart}. */
export type NvmeSmart = Frozen<z.infer<typeof nvmeSmart>>
/** See {@link nvmeControllerFacts}. */
export type NvmeControllerFacts = Frozen<z.infer<typeof nvmeControllerFacts>>
/** See {@link nvmeSubsystem}. */
export type NvmeSubsystem = Frozen<z.infer<typeof nvmeSubsystem>>
/** See {@link nvmeAttachment}. */
export type NvmeAttachment = Frozen<z.infer<typeof nvmeAttachment>>
