import { z } from 'zod'
import { bytes, type Frozen, text, textOrNull } from './fields.ts'

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
  /** The kernel this inspection ran under; null where the recording has none. */
  kernel: z.strictObject({ release: text, version: textOrNull }).nullable(),
})

/** See {@link firmwareFacts}. */
export type FirmwareFacts = Frozen<z.infer<typeof firmwareFacts>>
