import type { BlockVolume } from '../../../protocol/facts/storage-volumes.ts'
import type { Host } from '../../host.ts'
import { type BlockDevice, blockNames } from '../block-device.ts'
import { deviceText } from '../decode/device-text.ts'
import { partitionsOf } from '../partitions.ts'
import { attribute, countAttribute, flagAttribute, sectorsAttribute } from '../sysfs.ts'

type Kind = BlockVolume['kind']

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^md/, 'raid'],
  [/^bcache/, 'bcache'],
  [/^loop/, 'loop'],
  [/^ram/, 'ram'],
  [/^zram/, 'compressed-ram'],
  [/^(nbd|rbd|drbd|rnbd|etherd\/)/, 'network'],
  [/^fd\d/, 'floppy'],
  [/^mtdblock/, 'flash'],
  [/^mmcblk/, 'mmc-area'],
]

/** What the first part of a device mapper's UUID says of who made it. */
const mapperKinds: readonly (readonly [RegExp, Kind])[] = [
  [/^LVM-/, 'lvm'],
  [/^CRYPT-/, 'crypt'],
  [/^mpath-/, 'multipath'],
  [/^part\d*-/, 'partition'],
  [/^DMRAID-/, 'raid'],
]

/** A device that is no disk; null for those that stand empty, as loop devices do. */
export async function readVolume(host: Host, device: BlockDevice): Promise<BlockVolume | null> {
  const { name, folder } = device
  const sizeBytes = await sectorsAttribute(host, `${folder}/size`)
  if (sizeBytes === null || name.startsWith('ram')) return null
  const isMapper = name.startsWith('dm-')
  const members = await blockNames(host, `${folder}/slaves`)
  // What stands empty is made of nothing; a container of arrays has no size of its own.
  if (sizeBytes === 0 && !isMapper && members.length === 0) return null
  const of = (file: string) => attribute(host, `${folder}/${file}`)
  const uuid = await of(isMapper ? 'dm/uuid' : 'md/uuid')
  return {
    name,
    kind: isMapper
      ? (mapperKinds.find(([start]) => start.test(uuid ?? ''))?.[1] ?? 'device-mapper')
      : (kinds.find(([start]) => start.test(name))?.[1] ?? 'other'),
    label: isMapper ? deviceText(await of('dm/name')) : null,
    uuid: deviceText(uuid),
    sizeBytes,
    logicalBlockSizeBytes: await countAttribute(host, `${folder}/queue/logical_block_size`),
    physicalBlockSizeBytes: await countAttribute(host, `${folder}/queue/physical_block_size`),
    rotational: await flagAttribute(host, `${folder}/queue/rotational`),
    removable: await flagAttribute(host, `${folder}/removable`),
    readOnly: await flagAttribute(host, `${folder}/ro`),
    state: await stateOf(host, folder, isMapper),
    members: [...members],
    holders: [...(await blockNames(host, `${folder}/holders`))],
    partitions: (await partitionsOf(host, device)).map(({ holders: _holders, ...one }) => one),
  }
}

async function stateOf(host: Host, folder: string, isMapper: boolean): Promise<string | null> {
  if (!isMapper) {
    const state = await attribute(host, `${folder}/md/array_state`)
    return deviceText(state ?? (await attribute(host, `${folder}/bcache/state`)))
  }
  const suspended = await flagAttribute(host, `${folder}/dm/suspended`)
  return suspended === null ? null : suspended ? 'suspended' : 'running'
}
