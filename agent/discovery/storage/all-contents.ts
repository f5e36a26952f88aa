import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Disk, StorageFacts } from '../../../protocol/facts/storage.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { readContents } from './contents.ts'
import { devicePath } from './questions.ts'

type Contents = StorageFacts['contents'][number]

/** What the disks and their partitions hold; those that hold nothing that we know are left out. */
export async function readAllContents(
  host: Host,
  disks: readonly Disk[],
): Promise<{ readonly contents: Contents[]; readonly findings: readonly Finding[] }> {
  const devices = disks.flatMap((disk) => [
    disk,
    ...disk.partitions.map(({ name, sizeBytes }) => ({
      name,
      sizeBytes,
      logicalBlockSizeBytes: disk.logicalBlockSizeBytes,
    })),
  ])
  const { found, findings } = await attemptEach('storage.contents', devices, async (device) => {
    const contents = await readContents(host, devicePath(device.name), device)
    if (contents === null) return null
    const isEmpty = contents.partitionTable === null && contents.signatures.length === 0
    return isEmpty ? null : { device: device.name, ...contents }
  })
  return { contents: [...found], findings }
}
