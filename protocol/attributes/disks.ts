import type { Disk, DiskAbilities, StorageFacts } from '../facts/storage.ts'
import {
  type AttributeDefinition,
  bool,
  int,
  list,
  type MachineRecord,
  of,
  quantity,
  set,
  string,
  version,
} from './definition.ts'
import { allKnown, largest, scaled } from './readings.ts'

/** A disk and the facts it stands in, which tell more of it. */
interface PlacedDisk {
  readonly disk: Disk
  readonly ability: DiskAbilities | null
  readonly contents: StorageFacts['contents']
}

const device = { source: 'storage', level: 'device' } as const
const deviceState = { ...device, nature: 'state' } as const
const identity = { ...device, nature: 'identity' } as const

const diskFields: readonly AttributeDefinition<PlacedDisk>[] = [
  string('transport', { ...device, description: 'nvme, sata, sas, scsi, virtio' }, ({ disk }) => {
    return disk.transport
  }),
  string('model', { ...device, description: 'Model' }, ({ disk }) => disk.model),
  string('vendor', { ...device, description: 'Vendor' }, ({ disk }) => disk.vendor),
  string('serial', { ...identity, description: 'Serial number' }, ({ disk }) => disk.serial),
  string(
    'wwn',
    { ...identity, description: 'NAA name' },
    ({ disk }) => disk.wwn ?? disk.nguid ?? disk.eui64,
  ),
  version('firmware', { ...deviceState, description: 'Firmware' }, ({ disk }) => disk.firmware),
  quantity('size', 'B', { ...device, description: 'Exact size' }, ({ disk }) => disk.sizeBytes),
  quantity(
    'logicalBlockSize',
    'B',
    { ...device, description: 'Logical sector size' },
    ({ disk }) => disk.logicalBlockSizeBytes,
  ),
  quantity(
    'physicalBlockSize',
    'B',
    { ...device, description: 'Physical sector size' },
    ({ disk }) => disk.physicalBlockSizeBytes,
  ),
  bool('rotational', { ...device, description: 'Has platters' }, ({ disk }) => disk.rotational),
  bool('removable', { ...device, description: 'Removable medium' }, ({ disk }) => disk.removable),
  bool('readOnly', { ...device, description: 'Write protected' }, ({ disk }) => disk.readOnly),
  int('numaNode', { ...device, description: 'NUMA node' }, ({ disk }) => disk.numaNode),
  string(
    'formFactor',
    { ...deviceState, description: '2.5 inch, M.2, as the disk tells it' },
    ({ ability }) => (ability?.kind === 'ata' ? (ability.formFactor ?? undefined) : undefined),
  ),
  set(
    'sanitize',
    {
      ...deviceState,
      description: 'crypto-erase, block-erase, overwrite: what it can be asked for',
    },
    ({ ability }) => sanitizeMethods(ability),
  ),
  bool(
    'healthy',
    { ...deviceState, description: 'False: the disk predicts its failure' },
    ({ disk }) => disk.health?.healthy ?? undefined,
  ),
  int(
    'usedPercent',
    { ...deviceState, description: 'Writes it was made for that are used up, in per cent' },
    ({ disk }) => percent(disk.health?.usedRatio),
  ),
  int(
    'sparePercent',
    { ...deviceState, description: 'Spare blocks that are left, in per cent' },
    ({ disk }) => percent(disk.health?.spareRatio),
  ),
  int('powerOnHours', { ...deviceState, description: 'Hours it was on' }, ({ disk }) =>
    whole(disk.health?.powerOnHours),
  ),
  quantity(
    'written',
    'B',
    { ...deviceState, description: 'Written by hosts in its life' },
    ({ disk }) => disk.health?.writtenBytes ?? undefined,
  ),
  int(
    'mediaErrors',
    { ...deviceState, description: 'Data it could not read or write correctly' },
    ({ disk }) => whole(disk.health?.mediaErrorCount),
  ),
  int(
    'badSectors',
    { ...deviceState, description: 'Sectors replaced, or waiting for it' },
    ({ disk }) => disk.health?.badSectorCount ?? undefined,
  ),
  set(
    'holds',
    { ...deviceState, description: 'What is on it: ext4, lvm2, luks, mdraid, gpt' },
    ({ contents }) => contents.flatMap(contentNames),
  ),
]

const machineState = { source: 'storage', nature: 'state' } as const

/** Disks: as totals and one by one. */
export const diskAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  quantity(
    'storage.size',
    'B',
    { source: 'storage', description: 'Size of all fixed disks together' },
    of('storage', (facts) => total(fixed(facts.disks))),
  ),
  int(
    'storage.diskCount',
    { source: 'storage', description: 'Fixed disks' },
    of('storage', (facts) => fixed(facts.disks).length),
  ),
  quantity(
    'storage.nvmeSize',
    'B',
    { source: 'storage', description: 'Size of all NVMe disks together' },
    of('storage', (facts) => total(nvme(facts.disks))),
  ),
  int(
    'storage.nvmeCount',
    { source: 'storage', description: 'NVMe disks' },
    of('storage', (facts) => nvme(facts.disks).length),
  ),
  quantity(
    'storage.rotationalSize',
    'B',
    { source: 'storage', description: 'Size of all fixed disks with platters together' },
    of('storage', (facts) => total(fixed(facts.disks).filter((device) => device.rotational))),
  ),
  int(
    'storage.unhealthyDisks',
    { ...machineState, description: 'Disks that predict their failure, of those that tell' },
    of('storage', ({ disks }) => {
      const told = disks.flatMap(({ health }) => health?.healthy ?? [])
      return told.length === 0 ? undefined : told.filter((healthy) => !healthy).length
    }),
  ),
  int(
    'storage.usedPercentMax',
    { ...machineState, description: 'Wear of the disk that is worn most, in per cent' },
    of('storage', ({ disks }) =>
      percent(largest(disks.map(({ health }) => health?.usedRatio ?? null))),
    ),
  ),
  int(
    'storage.mediaErrors',
    { ...machineState, description: 'Media errors of all disks that tell' },
    of('storage', ({ disks }) => {
      const told = disks.flatMap(({ health }) => health?.mediaErrorCount ?? [])
      return told.length === 0 ? undefined : told.reduce((sum, count) => sum + count, 0)
    }),
  ),
  set(
    'storage.holds',
    { ...machineState, description: 'What is on any of its disks: ext4, lvm2, luks, mdraid' },
    of('storage', ({ contents }) => contents.flatMap(contentNames)),
  ),
  set(
    'storage.models',
    { ...machineState, description: 'Models of the fixed disks' },
    of('storage', ({ disks }) => allKnown(fixed(disks).map(({ model }) => model))),
  ),
  int(
    'storage.arrays',
    { ...machineState, description: 'Software RAID arrays that are assembled' },
    of('storage', ({ arrays }) => arrays.length),
  ),
  int(
    'storage.arraysDegraded',
    { ...machineState, description: 'Software RAID arrays that lack members' },
    of(
      'storage',
      ({ arrays }) => arrays.filter(({ degradedCount }) => (degradedCount ?? 0) > 0).length,
    ),
  ),
  set(
    'storage.adapters',
    { ...machineState, description: 'Drivers of the storage controllers: mpt3sas, nvme, ahci' },
    of('storage', ({ adapters }) => adapters.flatMap(({ driver }) => driver ?? [])),
  ),
  list(
    'disks',
    { source: 'storage', description: 'Every disk' },
    diskFields,
    of('storage', placed),
  ),
]

function fixed(disks: readonly Disk[]): readonly Disk[] {
  return disks.filter((device) => !device.removable && device.transport !== 'usb')
}

function nvme(disks: readonly Disk[]): readonly Disk[] {
  return disks.filter((device) => device.transport === 'nvme')
}

function total(disks: readonly Disk[]): number {
  return disks.reduce((sum, device) => sum + device.sizeBytes, 0)
}

function placed(facts: StorageFacts): readonly PlacedDisk[] {
  return facts.disks.map((disk) => {
    const names = new Set([disk.name, ...disk.partitions.map(({ name }) => name)])
    return {
      disk,
      ability: facts.abilities.find(({ disks }) => disks.includes(disk.name))?.ability ?? null,
      contents: facts.contents.filter((each) => names.has(each.device)),
    }
  })
}

/** Names of the formats that something on a disk or partition is in. */
function contentNames({
  partitionTable,
  signatures,
}: Pick<StorageFacts['contents'][number], 'partitionTable' | 'signatures'>): readonly string[] {
  return [
    ...(partitionTable === null ? [] : [partitionTable.kind]),
    ...signatures.map(({ name }) => name),
  ]
}

/** In the words of NVMe, whatever the disk speaks; not known where it was not asked. */
function sanitizeMethods(ability: DiskAbilities | null): readonly string[] | undefined {
  if (ability === null || ability.kind === 'scsi') return undefined
  if (ability.kind === 'nvme') return ability.sanitize
  const { cryptoScramble, blockErase, overwrite } = ability.sanitize
  return [
    ...(cryptoScramble ? ['crypto-erase'] : []),
    ...(blockErase ? ['block-erase'] : []),
    ...(overwrite ? ['overwrite'] : []),
  ]
}

function percent(ratio: number | null | undefined): number | undefined {
  return whole(scaled(ratio, 100))
}

/** Drives count in 128 bits: a number that is not exact is rounded, not refused. */
function whole(value: number | null | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Math.round(value)
}
