import { z } from 'zod'
import { bytes, count, type Frozen, hex, kernelName, textOrNull } from './fields.ts'

const bankName = z.string().min(1).max(16)
const digest = z
  .string()
  .max(128)
  .regex(/^(?:[0-9a-f]{2})+$/)

/** Registers of every bank: `sha256` -> `0` -> digest in hex. */
const registers = z.record(bankName, z.record(z.string().regex(/^\d{1,2}$/), digest))

/** The measured-boot log of the firmware, replayed. */
const eventLog = z.strictObject({
  /** `1.2`: SHA-1 events alone; `2.0`: crypto agile. */
  format: z.enum(['1.2', '2.0']),
  sizeBytes: bytes,
  eventCount: count,
  /** How many events of each type there are, `EV_SEPARATOR` -> 8. */
  eventCounts: z.record(z.string().min(1).max(64), count),
  /** What the registers hold after all events. */
  replayed: registers,
  /**
   * Whether the TPM's own registers hold the same, by bank, of the registers in the log; a bank that
   * the TPM does not show is not there.
   */
  agrees: z.record(bankName, z.boolean()),
})

const tpm = z.strictObject({
  /** The kernel's name, `tpm0`. */
  name: kernelName,
  /** Null where the kernel does not tell it. */
  version: z.enum(['1.2', '2.0']).nullable(),
  driver: kernelName.nullable(),
  /** ACPI or SPI name of the device, `MSFT0101`. */
  hardwareId: textOrNull,
  /** TPM_PT_MANUFACTURER: four letters as hex, `49465800` is `IFX`. */
  manufacturerId: hex(8).nullable(),
  /** The maker's name in the TCG vendor registry; null for an id it does not list. */
  manufacturer: textOrNull,
  /** TPM_PT_VENDOR_STRING_1 to 4. */
  vendorText: textOrNull,
  /** TPM 2.0: both words of TPM_PT_FIRMWARE_VERSION as four numbers, `7.85.4555.0`; 1.2: `3.19`. */
  firmwareVersion: textOrNull,
  /** Revision of the TPM 2.0 library specification that it implements; null in TPM 1.2. */
  specification: z
    .strictObject({
      family: textOrNull,
      level: count,
      /** `1.38`. */
      revision: textOrNull,
      year: count,
      dayOfYear: count,
    })
    .nullable(),
  /** Endorsement key certificates in its memory (EK credential profile 2.5); null: not asked. */
  endorsementCertificates: z
    .array(
      z.strictObject({
        /** NV index, `01c00002`. */
        index: hex(8),
        /** The key it certifies; null for an index of a maker's own. */
        key: textOrNull,
        sizeBytes: bytes,
      }),
    )
    .max(64)
    .nullable(),
  /** TPM 1.2: whether it is enabled and active; null in 2.0 and where the kernel does not say. */
  enabled: z.boolean().nullable(),
  active: z.boolean().nullable(),
  /** What the registers hold now; null where neither the kernel nor the TPM shows them. */
  registers: registers.nullable(),
  /** Null where the firmware left none. */
  eventLog: eventLog.nullable(),
})

/** What SMBIOS says of a TPM, with or without a driver for it: type 43, DSP0134 §7.44. */
const announcedTpm = z.strictObject({
  vendor: textOrNull,
  /** `2.0`. */
  specificationVersion: textOrNull,
  firmwareVersion: textOrNull,
  description: textOrNull,
})

/** Trusted platform modules. */
export const tpmFacts = z.strictObject({
  /** Those the kernel has a driver for. */
  tpms: z.array(tpm).max(8),
  announced: z.array(announcedTpm).max(8),
})

/** See {@link tpmFacts}. */
export type TpmFacts = Frozen<z.infer<typeof tpmFacts>>

/** One entry of {@link TpmFacts}. */
export type Tpm = TpmFacts['tpms'][number]
