import type { FactsOf } from '../../../protocol/facts/inventory.ts'
import type { BlockLimits, BlockVolume } from '../../../protocol/facts/storage-volumes.ts'

type Storage = FactsOf<'storage'>
type Disk = Storage['disks'][number]

/** One row of lsblk: what it is, and the facts that tell of it. */
export type BlockEntity = {
  readonly name: string
  readonly limits: BlockLimits | null
  readonly state: string | null
} & (
  | { readonly kind: 'disk'; readonly disk: Disk }
  | { readonly kind: 'part'; readonly disk: Disk; readonly partition: Disk['partitions'][number] }
  | { readonly kind: 'rom'; readonly drive: Storage['opticalDrives'][number] }
  | { readonly kind: 'volume'; readonly volume: BlockVolume; readonly level: string | null }
  | {
      readonly kind: 'volume-part'
      readonly volume: BlockVolume
      readonly partition: BlockVolume['partitions'][number]
    }
)

/** Disks, partitions, drives and volumes by the names lsblk gives them. */
export function blockEntities(facts: Storage): ReadonlyMap<string, BlockEntity> {
  const limitsOf = (name: string) =>
    facts.limits.find(({ devices }) => devices.includes(name)) ?? null
  const found = new Map<string, BlockEntity>()
  for (const disk of facts.disks) {
    const { name } = disk
    const limits = limitsOf(name)
    found.set(name, { kind: 'disk', name, disk, limits, state: diskState(facts, disk) })
    for (const partition of disk.partitions) {
      const part = { kind: 'part', name: partition.name, disk, partition, limits } as const
      found.set(partition.name, { ...part, state: null })
    }
  }
  for (const drive of facts.opticalDrives) {
    const { name } = drive
    found.set(name, { kind: 'rom', name, drive, limits: limitsOf(name), state: null })
  }
  for (const volume of facts.volumes) {
    const { name, label, state } = volume
    const level = facts.arrays.find((array) => array.name === name)?.level ?? null
    const entity = { kind: 'volume', name, volume, level, limits: limitsOf(name) } as const
    found.set(label ?? name, { ...entity, state: name.startsWith('md') ? null : state })
    for (const partition of volume.partitions) {
      const part = { kind: 'volume-part', name: partition.name, volume, partition } as const
      found.set(partition.name, { ...part, limits: limitsOf(name), state: null })
    }
  }
  return found
}

function diskState({ nvmeControllers }: Storage, { attachment }: Disk): string | null {
  if (attachment?.kind === 'scsi') return attachment.state
  if (attachment?.kind !== 'nvme') return null
  // A multipath head has no state: its paths have.
  const [path, ...others] = attachment.paths
  if (others.length > 0) return null
  return nvmeControllers.find(({ name }) => name === path?.controller)?.state ?? null
}

/** What lsblk would print; undefined: facts do not hold that; null: there is no such value. */
export function columnValue(
  column: string,
  entity: BlockEntity,
  spelling: 'udev' | 'kernel',
): string | null | undefined {
  const own = ownValue(column, entity, spelling)
  return own === undefined ? limitValue(column, entity) : own
}

function ownValue(
  column: string,
  entity: BlockEntity,
  spelling: 'udev' | 'kernel',
): string | null | undefined {
  const whole = wholeOf(entity)
  switch (column) {
    case 'NAME':
      return entity.kind === 'volume' ? (entity.volume.label ?? entity.name) : entity.name
    case 'KNAME':
      return entity.name
    case 'TYPE':
      return typeOf(entity)
    case 'SIZE': {
      const size = isPart(entity) ? entity.partition.sizeBytes : whole.sizeBytes
      return size === null ? undefined : human(size)
    }
    case 'RM':
      return flagOf(whole.removable)
    case 'ROTA':
      return flagOf('rotational' in whole ? whole.rotational : undefined)
    case 'RO':
      return isPart(entity) ? undefined : flagOf(whole.readOnly)
    case 'HOTPLUG':
      return hotplug(entity)
    case 'START':
      return isPart(entity) ? String(entity.partition.startBytes / 512) : null
    case 'PARTN':
      return isPart(entity) ? String(entity.partition.number) : null
    case 'PHY-SEC':
      return textOf(whole.physicalBlockSizeBytes)
    case 'LOG-SEC':
      return textOf(whole.logicalBlockSizeBytes)
    case 'STATE':
      return entity.kind === 'rom' ? undefined : entity.state
    case 'PKNAME':
      // A volume stands below each of its members; which one a row means only its place tells.
      if (entity.kind === 'part') return entity.disk.name
      if (entity.kind === 'volume-part') return entity.volume.name
      return entity.kind === 'volume' && entity.volume.members.length > 0 ? undefined : null
    default:
      return nameValue(column, entity, spelling)
  }
}

function nameValue(
  column: string,
  entity: BlockEntity,
  spelling: 'udev' | 'kernel',
): string | null | undefined {
  const named = entity.kind === 'disk' ? entity.disk : entity.kind === 'rom' ? entity.drive : null
  switch (column) {
    case 'MODEL': {
      const model = named?.model ?? null
      return spelling === 'udev' ? (model?.replaceAll(' ', '_') ?? null) : model
    }
    case 'VENDOR':
      return named?.vendor ?? null
    case 'REV':
      return named?.firmware ?? null
    case 'SERIAL':
      return named?.serial ?? null
    case 'WWN': {
      const disk = entity.kind === 'disk' || entity.kind === 'part' ? entity.disk : null
      if (disk?.transport === 'nvme') {
        return disk.eui64 === null ? undefined : `eui.${disk.nguid ?? disk.eui64}`
      }
      return disk?.wwn === null || disk === null ? null : `0x${disk.wwn}`
    }
    case 'TRAN':
      return named === null ? undefined : (transports.get(named.transport) ?? null)
    case 'HCTL': {
      if (entity.kind === 'rom') return entity.drive.address
      const attachment = entity.kind === 'disk' ? entity.disk.attachment : null
      return attachment?.kind === 'scsi' ? attachment.address : null
    }
    default:
      return undefined
  }
}

const transports: ReadonlyMap<string, string> = new Map([
  ['nvme', 'nvme'],
  ['sata', 'sata'],
  ['sas', 'sas'],
  ['usb', 'usb'],
  ['iscsi', 'iscsi'],
  ['fibre-channel', 'fc'],
  ['virtio', 'virtio'],
  ['mmc', 'mmc'],
])

/** What a whole device has and its partitions inherit. */
function wholeOf(entity: BlockEntity): Disk | BlockVolume | Storage['opticalDrives'][number] {
  switch (entity.kind) {
    case 'rom':
      return entity.drive
    case 'volume':
    case 'volume-part':
      return entity.volume
    case 'disk':
    case 'part':
      return entity.disk
  }
}

function isPart(
  entity: BlockEntity,
): entity is Extract<BlockEntity, { kind: 'part' | 'volume-part' }> {
  return entity.kind === 'part' || entity.kind === 'volume-part'
}

/** What hangs on USB; of cards and drives of media versions of lsblk say one or the other. */
function hotplug(entity: BlockEntity): string | null | undefined {
  const whole = wholeOf(entity)
  if (!('transport' in whole) || whole.transport === 'mmc' || entity.kind === 'rom')
    return undefined
  return whole.transport === 'usb' ? '1' : flagOf(whole.removable)
}

const volumeTypes: Readonly<Record<BlockVolume['kind'], string>> = {
  lvm: 'lvm',
  crypt: 'crypt',
  multipath: 'mpath',
  partition: 'part',
  'device-mapper': 'dm',
  raid: 'md',
  loop: 'loop',
  bcache: 'disk',
  ram: 'disk',
  'compressed-ram': 'disk',
  network: 'disk',
  'mmc-area': 'disk',
  floppy: 'disk',
  flash: 'disk',
  other: 'disk',
}

function typeOf(entity: BlockEntity): string {
  if (entity.kind === 'volume-part') return 'part'
  if (entity.kind !== 'volume') return entity.kind
  const { kind, name, uuid } = entity.volume
  // What made a mapped device stands before the first dash.
  const maker = /^([^-]+)-/.exec(uuid ?? '')?.[1]?.toLowerCase()
  if (name.startsWith('dm-') && maker !== undefined) return maker.replace(/^part\d+$/, 'part')
  return entity.level ?? volumeTypes[kind]
}

function limitValue(column: string, { kind, limits }: BlockEntity): string | null | undefined {
  // Partitions have their own, by where they begin.
  if (limits === null || (kind.endsWith('part') && /^(ALIGNMENT|DISC-ALN)$/.test(column))) {
    return undefined
  }
  const size = (bytes: number | null) => (bytes === null ? null : human(bytes))
  const number = (value: number | null) => (value === null ? null : String(value))
  switch (column) {
    case 'ALIGNMENT':
      return number(limits.alignmentOffsetBytes)
    case 'MIN-IO':
      return number(limits.minimumIoSizeBytes)
    case 'OPT-IO':
      return number(limits.optimalIoSizeBytes)
    case 'RQ-SIZE':
      return number(limits.requestCount)
    case 'SCHED':
      return limits.scheduler
    case 'RA':
      return number(limits.readAheadBytes === null ? null : limits.readAheadBytes / 1024)
    case 'RAND':
      return limits.addsRandomness === null ? null : flag(limits.addsRandomness)
    case 'WSAME':
      return size(limits.writeSameMaxBytes)
    case 'DISC-ALN':
      return number(limits.discardAlignmentBytes)
    case 'DISC-GRAN':
      return size(limits.discardGranularityBytes)
    case 'DISC-MAX':
      return size(limits.discardMaxBytes)
    case 'DISC-ZERO':
      return limits.discardZeroesData === null ? null : flag(limits.discardZeroesData)
    case 'ZONED':
      return limits.zoned
    case 'DAX':
      return limits.directAccess === null ? null : flag(limits.directAccess)
    default:
      return undefined
  }
}

function textOf(value: number | null): string | null {
  return value === null ? null : String(value)
}

/** Undefined: there is no such device to have it. */
function flagOf(value: boolean | null | undefined): string | null | undefined {
  return value === null || value === undefined ? value : flag(value)
}

function flag(value: boolean): string {
  return value ? '1' : '0'
}

/** As lsblk writes sizes: one decimal at most, powers of 1024. */
function human(bytes: number): string {
  if (bytes === 0) return '0B'
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), 6)
  const value = (bytes / 1024 ** power).toFixed(1).replace(/\.0$/, '')
  return `${value}${'BKMGTPE'[power]}`
}
