import { z } from 'zod'
import { bytes, count, type Frozen, textOrNull, uuidText } from './fields.ts'

/** Something that says what a disk or a partition holds: a magic number, and what stands beside it. */
export const diskSignature = z.strictObject({
  /** `ext4`, `mdraid`, `lvm2`, `zfs`, `luks`, `imsm`, `vmfs`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
  use: z.enum(['file-system', 'volume-member', 'raid-member', 'encryption', 'swap']),
  /** Where the magic number stands on the device. */
  offsetBytes: bytes,
  /** Of the format, as its own tools write it: `1.2`, `2`; null: it has none or is damaged. */
  version: textOrNull,
  /** Name that people gave it: file-system label, volume group, pool, array. */
  label: textOrNull,
  /** As the tools of that format write it, which is not always RFC 9562. */
  uuid: textOrNull,
})

/** A partition as its table has it; the kernel's view is in the disk's `partitions`. */
export const tablePartition = z.strictObject({
  number: count,
  startBytes: bytes,
  sizeBytes: bytes,
  /** GUID of a GPT, two hex digits of an MBR. */
  typeId: z.string().regex(/^[0-9a-f-]{2,36}$/),
  /** `EFI system`; null for a type that is in no list of ours. */
  typeName: textOrNull,
  /** Unique GUID; null in an MBR. */
  uniqueId: uuidText.nullable(),
  name: textOrNull,
  /** Bits of UEFI 2.10 table 5.7 that are set, and 60 to 63 of basic data: `required`. */
  attributes: z
    .array(
      z.enum([
        'required',
        'no-block-io',
        'legacy-boot',
        'read-only',
        'shadow-copy',
        'hidden',
        'no-drive-letter',
        'active',
      ]),
    )
    .max(8),
})

/** A partition table. */
export const partitionTable = z.strictObject({
  kind: z.enum(['gpt', 'mbr', 'apple', 'bsd', 'sun', 'sgi', 'dasd']),
  /** Disk GUID, or the eight digits of an MBR; null where the table has none. */
  id: z.string().max(36).nullable(),
  /**
   * Of the two copies of a GPT: `primary-damaged`, `backup-damaged`, `copies-differ`, or
   * `backup-unread` where only the beginning was there to read. `not-kept-twice` for the others.
   */
  state: z.enum([
    'good',
    'primary-damaged',
    'backup-damaged',
    'copies-differ',
    'backup-unread',
    'not-kept-twice',
  ]),
  partitions: z.array(tablePartition).max(256),
})

/** What a disk or partition holds, by its first and last blocks. */
export const diskContents = z.strictObject({
  partitionTable: partitionTable.nullable(),
  /** By offset; none: nothing that we know is on it. */
  signatures: z.array(diskSignature).max(32),
})

/** See {@link diskSignature}. */
export type DiskSignature = Frozen<z.infer<typeof diskSignature>>

/** See {@link partitionTable}. */
export type PartitionTable = Frozen<z.infer<typeof partitionTable>>

/** See {@link diskContents}. */
export type DiskContents = Frozen<z.infer<typeof diskContents>>
