import { diskDigest, diskIdentityOf } from '../../protocol/deployment.ts'
import type { DiskIdentity } from '../../protocol/deployment.ts'
import { type Disk, foreignTransports, type StorageFacts } from '../../protocol/facts/storage.ts'
import { humanQuantity } from '../../protocol/quantity.ts'
import type { CatalogImage } from '../service-deps.ts'

/** The disk an image goes to, with the rule that chose it; or why there is none. */
export type TargetChoice =
  | {
      readonly kind: 'chosen'
      readonly identity: DiskIdentity
      readonly text: string
      readonly rule: string
    }
  | { readonly kind: 'none'; readonly reason: string }

/**
 * The smallest fixed disk that holds the image and can be told from all others; of equal ones the
 * one that does not rotate, then the first by identity. The same facts give the same disk.
 */
export function chooseTarget(storage: StorageFacts | null, image: CatalogImage): TargetChoice {
  if (storage === null) return { kind: 'none', reason: 'the machine reported no storage facts' }
  const digests = storage.disks.map((disk) => diskDigest(diskIdentityOf(disk)))
  const refusals: string[] = []
  const fitting = storage.disks.filter((disk, index) => {
    const isUnique =
      digests.indexOf(digests[index] ?? '') === digests.lastIndexOf(digests[index] ?? '')
    const why = isUnique ? refusal(disk, image) : 'another disk has the same identity'
    if (why !== null) refusals.push(`${describeDisk(diskIdentityOf(disk))}: ${why}`)
    return why === null
  })
  const [target] = fitting.toSorted(byPreference)
  if (target === undefined) {
    const all = refusals.slice(0, 8).join('; ')
    return { kind: 'none', reason: `no disk can take the image: ${all || 'there is none'}` }
  }
  const identity = diskIdentityOf(target)
  return {
    kind: 'chosen',
    identity,
    text: describeDisk(identity),
    rule: `smallest of ${fitting.length} fixed disks (of ${storage.disks.length}) that hold the image`,
  }
}

/** Model, serial and size, for people. */
export function describeDisk({ model, serial, wwn, sizeBytes, transport }: DiskIdentity): string {
  const name = serial ?? wwn ?? 'without serial'
  const size = humanQuantity(BigInt(sizeBytes), 'B')
  return [transport, model, name, size].filter((part) => part !== null).join(' ')
}

function refusal(disk: Disk, image: CatalogImage): string | null {
  if (foreignTransports.has(disk.transport)) return `its transport is ${disk.transport}`
  if (disk.removable) return 'its medium is removable'
  if (disk.readOnly) return 'it is read-only'
  if (disk.serial === null && diskIdentityOf(disk).wwn === null) return 'it tells no serial or WWN'
  const holders = [...disk.holders, ...disk.partitions.flatMap((partition) => partition.holders)]
  if (holders.length > 0) return `'${holders[0]}' is built on it`
  if (disk.logicalBlockSizeBytes !== image.logicalBlockSizeBytes) {
    return `its sectors are ${disk.logicalBlockSizeBytes} bytes, the image's ${image.logicalBlockSizeBytes}`
  }
  if (disk.sizeBytes < image.minimumDiskSizeBytes) {
    return `it has ${disk.sizeBytes} bytes, the image wants ${image.minimumDiskSizeBytes}`
  }
  return null
}

function byPreference(a: Disk, b: Disk): number {
  if (a.sizeBytes !== b.sizeBytes) return a.sizeBytes - b.sizeBytes
  if (a.rotational !== b.rotational) return a.rotational ? 1 : -1
  return diskDigest(diskIdentityOf(a)) < diskDigest(diskIdentityOf(b)) ? -1 : 1
}
