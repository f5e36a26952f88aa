import { z } from 'zod'
import { bytes, count, type Frozen, uuidText } from './fields.ts'
import { finding } from './finding.ts'

const hexText = z.string().regex(/^[0-9a-f]*$/)
const longText = z.string().max(65_536)

/** Digest of an event or a register, lower-case hex, by bank: `sha256`, or `0x0012` without a name. */
export const tpmDigests = z.record(z.string().max(16), hexText)

/** What an event says of what was measured (TCG PC Client Platform Firmware Profile 1.06 §10). */
const eventContent = z.discriminatedUnion('kind', [
  /** UEFI_VARIABLE_DATA. */
  z.strictObject({
    kind: z.literal('variable'),
    vendorGuid: uuidText,
    name: longText,
    /** Contents of the variable. */
    data: hexText,
  }),
  /** UEFI_IMAGE_LOAD_EVENT; addresses are `0x` and hex. */
  z.strictObject({
    kind: z.literal('image'),
    location: z.string(),
    sizeBytes: bytes,
    linkTimeAddress: z.string(),
    devicePath: hexText,
  }),
  /** UEFI_PLATFORM_FIRMWARE_BLOB. */
  z.strictObject({ kind: z.literal('blob'), base: z.string(), sizeBytes: z.string() }),
  /** UEFI_GPT_DATA: the partition table that was booted from. */
  z.strictObject({
    kind: z.literal('gpt'),
    diskGuid: uuidText,
    partitions: z
      .array(
        z.strictObject({
          typeGuid: uuidText,
          guid: uuidText,
          firstBlock: z.string(),
          lastBlock: z.string(),
          name: longText,
        }),
      )
      .max(1024),
  }),
  /** The algorithms of the log, its first event. */
  z.strictObject({
    kind: z.literal('specification'),
    signature: z.string().max(16),
    platformClass: count,
    versionMajor: count,
    versionMinor: count,
    errata: count,
    uintnSizeBytes: count,
    algorithms: z.array(z.strictObject({ id: z.string().max(16), digestSizeBytes: count })).max(16),
    vendorInfo: hexText,
  }),
  /** The locality that started the TPM. */
  z.strictObject({ kind: z.literal('startup-locality'), locality: count }),
  z.strictObject({ kind: z.literal('text'), text: longText }),
])

/** One event of the log. */
export const tpmEvent = z.strictObject({
  pcr: z.int().min(0),
  /** `EV_SEPARATOR`; `0x800000f0` where it has no name. */
  type: z.string().max(64),
  typeCode: z.string().max(10),
  digests: tpmDigests,
  sizeBytes: bytes,
  /** The event's bytes. */
  data: hexText,
  /** What they mean; null where only the digest does. */
  content: eventContent.nullable(),
})

/** What `decode tpm-eventlog` prints. */
export const tpmEventLog = z.strictObject({
  /** `1.2`: SHA-1 events alone; `2.0`: crypto agile. */
  format: z.enum(['1.2', '2.0']),
  events: z.array(tpmEvent),
  /** What the registers hold after all events: bank -> number -> digest. */
  pcrs: z.record(z.string().max(16), z.record(z.string().max(8), hexText)),
  findings: z.array(finding),
})

/** See {@link tpmEventLog}. */
export type TpmEventLog = Frozen<z.infer<typeof tpmEventLog>>
/** See {@link tpmEvent}. */
export type TpmEvent = TpmEventLog['events'][number]
