import type { MdArray } from '../../../protocol/facts/storage-volumes.ts'
import type { Host } from '../../host.ts'
import type { BlockDevice } from '../block-device.ts'
import { deviceText } from '../decode/device-text.ts'
import { all } from '../probe.ts'
import { attribute, countAttribute, linkName } from '../sysfs.ts'

/** A software RAID, kernel document admin-guide/md.rst; null for what is none. */
export async function readMdArray(host: Host, device: BlockDevice): Promise<MdArray | null> {
  const folder = `${device.folder}/md`
  const entries = await host.list(folder)
  if (entries.length === 0) return null
  const of = async (file: string) => {
    const text = deviceText(await attribute(host, `${folder}/${file}`))
    return text === 'none' ? null : text
  }
  const count = async (file: string) => {
    // While it is reshaped, `11 (10)`: what it will be, and what it was.
    const text = (await of(file))?.replace(/ \(\d+\)$/, '') ?? ''
    return /^\d{1,15}$/.test(text) ? Number(text) : null
  }
  const deviceCount = await count('raid_disks')
  const slots = await slotsOf(host, folder, entries)
  return {
    name: device.name,
    level: await of('level'),
    state: await of('array_state'),
    metadata: await of('metadata_version'),
    uuid: await of('uuid'),
    deviceCount: deviceCount === 0 ? null : deviceCount,
    degradedCount: await count('degraded'),
    chunkSizeBytes: (await count('chunk_size')) || null,
    syncAction: await of('sync_action'),
    mismatchCount: await count('mismatch_cnt'),
    members: await all(
      entries.filter((entry) => entry.startsWith('dev-')),
      (entry) => readMember(host, folder, entry, slots.get(entry) ?? null),
    ),
  }
}

/** Members in use by their entry: `rd0` leads to `dev-sda1`. */
async function slotsOf(
  host: Host,
  folder: string,
  entries: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = await all(entries, async (entry) => {
    const slot = /^rd(\d+)$/.exec(entry)?.[1]
    const member = slot === undefined ? null : await linkName(host, `${folder}/${entry}`)
    return member === null ? [] : [[member, Number(slot)] as const]
  })
  return new Map(found.flat())
}

async function readMember(
  host: Host,
  array: string,
  entry: string,
  linkedSlot: number | null,
): Promise<MdArray['members'][number]> {
  const folder = `${array}/${entry}`
  const [state, slot, errorCount, block] = await Promise.all([
    attribute(host, `${folder}/state`),
    attribute(host, `${folder}/slot`),
    countAttribute(host, `${folder}/errors`),
    linkName(host, `${folder}/block`),
  ])
  return {
    name: block ?? entry.slice('dev-'.length),
    slot: /^\d{1,9}$/.test(slot ?? '') ? Number(slot) : linkedSlot,
    states: (state ?? '')
      .split(',')
      .filter((word) => /^\w{1,32}$/.test(word))
      .slice(0, 16),
    errorCount,
  }
}
