import { z } from 'zod'
import { bytes, count, type Frozen, kernelName, text, textOrNull, uuidText } from './fields.ts'

/** Firmware of one part of the machine as SMBIOS type 45 lists it (DSP0134 §7.46). */
const inventoryEntry = z.strictObject({
  component: textOrNull,
  version: textOrNull,
  firmwareId: textOrNull,
  /** As the firmware writes it. */
  releaseDate: textOrNull,
  manufacturer: textOrNull,
  lowestSupportedVersion: textOrNull,
  imageSizeBytes: bytes.nullable(),
  /** `Enabled`, `Absent`, ... */
  state: textOrNull,
})

/** Firmware that capsules update: an entry of the EFI system resource table (UEFI 2.10 §23.4). */
const resourceEntry = z.strictObject({
  /** The kernel's name, `entry0`. */
  name: kernelName,
  class: uuidText,
  type: z.enum(['system', 'device', 'driver']).nullable(),
  version: count,
  lowestSupportedVersion: count.nullable(),
  /** Version of the last update that was tried, and how it ended; null where it is not told. */
  lastAttemptVersion: count.nullable(),
  lastAttemptStatus: count.nullable(),
})

/** The platform firmware (SMBIOS type 0, DSP0134 §7.1) and how it started us. */
export const firmwareFacts = z.strictObject({
  vendor: textOrNull,
  version: textOrNull,
  /** `YYYY-MM-DD`; null when absent or no date. */
  releaseDate: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .nullable(),
  /** `major.minor` of the system firmware; null when the firmware does not support the field. */
  revision: textOrNull,
  /** `major.minor` of the embedded controller; null when the firmware does not support the field. */
  embeddedControllerRevision: textOrNull,
  romSizeBytes: bytes.nullable(),
  /** Null on a machine with neither (device tree only). */
  bootMode: z.enum(['bios', 'uefi']).nullable(),
  /** Width of the UEFI firmware (`/sys/firmware/efi/fw_platform_size`); null without UEFI. */
  uefiWidthBits: z.union([z.literal(32), z.literal(64)]).nullable(),
  /** Empty where the firmware lists none (SMBIOS before 3.5). */
  inventory: z.array(inventoryEntry).max(512),
  /** Empty without the table. */
  resources: z.array(resourceEntry).max(256),
  /** The kernel this inspection ran under; null where the recording has none. */
  kernel: z.strictObject({ release: text, version: textOrNull }).nullable(),
})

/** See {@link firmwareFacts}. */
export type FirmwareFacts = Frozen<z.infer<typeof firmwareFacts>>
