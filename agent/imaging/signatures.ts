import type { DiskContents as Decoded } from '../../protocol/facts/disk-contents.ts'
import { decodeContents as decodeView } from '../discovery/decode/contents/contents.ts'

/** The beginning and the end of a disk or a partition. */
export interface DiskEnds {
  /** Bytes from 0; {@link headReadBytes} of them where there are as many. */
  readonly head: Uint8Array
  /** Bytes up to the end. Empty: not read, signatures there are not looked for. */
  readonly tail: Uint8Array
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: number
}

/** What a disk holds: names of its signatures, sorted, and where its partitions start. */
export interface DiskContents {
  readonly signatures: readonly string[]
  readonly partitionOffsetsBytes: readonly number[]
}

/** VMFS keeps its superblock 2 MiB from the start; nothing known lies further. */
export const headReadBytes = 2 * 1024 * 1024 + 64 * 1024

/** Signatures of storage that other machines may be using at this moment. */
export const sharedSignatures: ReadonlySet<string> = new Set([
  'vmfs',
  'gfs2',
  'ocfs2',
  'ceph',
  'gpfs',
])

/** GPT partition types that say who owns the partition. */
const gptOwners: Readonly<Record<string, string>> = {
  'aa31e02a-400f-11db-9590-000c2911d1b8': 'vmfs',
  '37affc90-ef7d-4e96-91c3-2d7ae055b174': 'gpfs',
  '4fbd7e29-9d25-41b8-afd0-062c0ceff05d': 'ceph',
  '45b0969e-9b03-4f30-b4c6-b4b80ceff106': 'ceph',
  'cafecafe-9b03-4f30-b4c6-b4b80ceff106': 'ceph',
  '6a898cc3-1dd2-11b2-99a6-080020736631': 'zfs',
  'a19d880f-05fc-4d3b-a006-743f0f84911e': 'mdraid',
  'e6d6d379-f507-44c2-a23c-238f2a3df928': 'lvm2',
}

/** Names under which evidence puts several formats of one kind. */
const families: Readonly<Record<string, string>> = {
  ext2: 'ext',
  ext3: 'ext',
  ext4: 'ext',
  'ext-journal': 'ext',
  'vmfs-volume': 'vmfs',
}

/** Reads the signatures at both ends. Pure; nothing on a disk makes it fail. */
export function decodeContents(ends: DiskEnds): DiskContents {
  const { head, tail, sizeBytes, logicalBlockSizeBytes } = ends
  const { partitionTable, signatures } = decodeView({
    sizeBytes,
    logicalBlockSizeBytes,
    pieces: [
      { offsetBytes: 0, bytes: head },
      { offsetBytes: sizeBytes - tail.length, bytes: tail },
    ],
  })
  const names = [
    ...signatures.map(({ name }) => families[name] ?? name),
    ...(partitionTable === null ? [] : [partitionTable.kind, ...owners(partitionTable)]),
  ]
  return {
    signatures: [...new Set(names)].toSorted(),
    partitionOffsetsBytes: (partitionTable?.partitions ?? []).map(({ startBytes }) => startBytes),
  }
}

function owners(table: NonNullable<Decoded['partitionTable']>): readonly string[] {
  return table.partitions.flatMap(({ typeId }) => gptOwners[typeId] ?? [])
}
