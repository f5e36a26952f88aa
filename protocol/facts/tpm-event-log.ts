import { z } from 'zod'
import { bytes, count, type Frozen, hex, uuidText } from './fields.ts'
import { finding } from './finding.ts'
import { efiLoadOption } from './storage-boot.ts'

const hexText = z.string().regex(/^[0-9a-f]*$/)
const longText = z.string().max(65_536)

/** Digest of an event or a register, lower-case hex, by bank: `sha256`, or `0x0012` without a name. */
export const tpmDigests = z.record(z.string().max(16), hexText)

/** One entry of a signature database, UEFI 2.10 §32.4.1: who put it there, and what it is. */
const signature = { ownerGuid: uuidText, data: hexText }

/** What the contents of a well-known UEFI variable say. */
const variableMeaning = z.discriminatedUnion('kind', [
  /** `SecureBoot` and the like. */
  z.strictObject({ kind: z.literal('switch'), enabled: z.boolean() }),
  /** `BootOrder`: numbers of options, `0001`. */
  z.strictObject({ kind: z.literal('boot-order'), options: z.array(hex(4)) }),
  /** `Boot0001`. */
  z.strictObject({ kind: z.literal('load-option'), option: efiLoadOption }),
  /** `PK`, `KEK`, `db`, `dbx`: lists of certificates and of digests. */
  z.strictObject({
    kind: z.literal('signatures'),
    lists: z.array(
      z.strictObject({
        typeGuid: uuidText,
        sizeBytes: bytes,
        headerSizeBytes: bytes,
        /** Of an entry, with its owner. */
        entrySizeBytes: bytes,
        entries: z.array(z.strictObject(signature)),
      }),
    ),
  }),
  /** The entry that something was verified by. */
  z.strictObject({ kind: z.literal('signature'), ...signature }),
  z.strictObject({ kind: z.literal('text'), text: longText }),
])

/** What an event says of what was measured (TCG PC Client Platform Firmware Profile 1.06 §10). */
const eventContent = z.discriminatedUnion('kind', [
  /** UEFI_VARIABLE_DATA. */
  z.strictObject({
    kind: z.literal('variable'),
    vendorGuid: uuidText,
    name: longText,
    /** Contents of the variable. */
    data: hexText,
    /** Null for other variables, and for contents that are not in their form. */
    meaning: variableMeaning.nullable(),
  }),
  /** UEFI_IMAGE_LOAD_EVENT; addresses are `0x` and hex. */
  z.strictObject({
    kind: z.literal('image'),
    location: z.string(),
    sizeBytes: bytes,
    linkTimeAddress: z.string(),
    devicePath: hexText,
    /** The same in the text form of UEFI 2.10 §10.6; null where there is none or it is malformed. */
    path: z.string().max(4096).nullable(),
  }),
  /** UEFI_PLATFORM_FIRMWARE_BLOB. */
  z.strictObject({ kind: z.literal('blob'), base: z.string(), sizeBytes: z.string() }),
  /** UEFI_PLATFORM_FIRMWARE_BLOB2; the description in hex where it is no text. */
  z.strictObject({
    kind: z.literal('described-blob'),
    description: z.string().max(512),
    base: z.string(),
    sizeBytes: z.string(),
  }),
  /** UEFI_HANDOFF_TABLE_POINTERS: firmware tables, by their GUID; null: not described. */
  z.strictObject({
    kind: z.literal('tables'),
    description: z.string().max(512).nullable(),
    tables: z.array(z.strictObject({ guid: uuidText, address: z.string() })).max(1024),
  }),
  /** TCG_PCClientTaggedEvent; the text is null where the bytes are none. */
  z.strictObject({
    kind: z.literal('tagged'),
    tags: z
      .array(z.strictObject({ id: hex(8), data: hexText, text: z.string().nullable() }))
      .max(1024),
  }),
  /** UEFI_GPT_DATA: the partition table that was booted from. */
  z.strictObject({
    kind: z.literal('gpt'),
    diskGuid: uuidText,
    /** The other fields of the header, UEFI 2.10 table 5-5; blocks as decimal text. */
    header: z.strictObject({
      revision: hex(8),
      sizeBytes: bytes,
      checksum: hex(8),
      block: z.string(),
      backupBlock: z.string(),
      firstUsableBlock: z.string(),
      lastUsableBlock: z.string(),
      entriesBlock: z.string(),
      entryCount: count,
      entrySizeBytes: bytes,
      entriesChecksum: hex(8),
    }),
    partitions: z
      .array(
        z.strictObject({
          typeGuid: uuidText,
          guid: uuidText,
          firstBlock: z.string(),
          lastBlock: z.string(),
          attributes: z.string(),
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
/** What a UEFI variable of an event says. */
export type EfiVariableMeaning = Frozen<z.infer<typeof variableMeaning>>
