import type { BlockLimits } from '../../../protocol/facts/storage-volumes.ts'
import { deviceText } from '../decode/device-text.ts'
import type { ForgivingReader } from '../forgiving-reader.ts'
import { all } from '../probe.ts'
import { groupAlike } from './group-alike.ts'

type Limits = Omit<BlockLimits, 'devices'>

/** How the kernel treats the devices, those alike together. */
export async function readBlockLimits(
  reader: ForgivingReader,
  devices: readonly { readonly name: string; readonly folder: string }[],
): Promise<BlockLimits[]> {
  const read = await all(devices, async ({ name, folder }) => ({
    name,
    value: await limitsOf(reader, folder),
  }))
  return groupAlike(read)
    .filter(({ value }) => Object.values(value).some((one) => one !== null))
    .map(({ names, value }) => ({ devices: names, ...value }))
}

/** Kernel document ABI/stable/sysfs-block. */
async function limitsOf(reader: ForgivingReader, folder: string): Promise<Limits> {
  const count = (file: string) => reader.count(`${folder}/queue/${file}`)
  const flag = (file: string) => reader.flag(`${folder}/queue/${file}`)
  const word = (file: string) => reader.text(`${folder}/queue/${file}`)
  const [writeCache, zoned, scheduler, readAheadKib, chunkSectors] = await Promise.all([
    word('write_cache'),
    word('zoned'),
    word('scheduler'),
    count('read_ahead_kb'),
    count('chunk_sectors'),
  ])
  const zone = zonedModels.find((one) => one === zoned) ?? null
  const isZoned = zone === 'host-aware' || zone === 'host-managed'
  return {
    alignmentOffsetBytes: await reader.count(`${folder}/alignment_offset`),
    minimumIoSizeBytes: await count('minimum_io_size'),
    optimalIoSizeBytes: await count('optimal_io_size'),
    discardAlignmentBytes: await reader.count(`${folder}/discard_alignment`),
    discardGranularityBytes: await count('discard_granularity'),
    discardMaxBytes: await count('discard_max_bytes'),
    discardZeroesData: await flag('discard_zeroes_data'),
    writeSameMaxBytes: await count('write_same_max_bytes'),
    writeZeroesMaxBytes: await count('write_zeroes_max_bytes'),
    readAheadBytes: readAheadKib === null ? null : readAheadKib * 1024,
    requestCount: await count('nr_requests'),
    scheduler: deviceText(schedulerIn(scheduler)),
    addsRandomness: await flag('add_random'),
    writeCache: writeCaches.find((one) => one === writeCache) ?? null,
    forceUnitAccess: await flag('fua'),
    directAccess: await flag('dax'),
    zoned: zone,
    zoneSizeBytes: isZoned && chunkSectors !== null ? chunkSectors * 512 : null,
    zoneCount: isZoned ? await count('nr_zones') : null,
  }
}

const writeCaches = ['write back', 'write through'] as const
const zonedModels = ['none', 'host-aware', 'host-managed'] as const

/** `[none] mq-deadline`: the one in brackets; devices without a choice have a name without. */
function schedulerIn(text: string | null): string | null {
  return /\[([^\]]+)\]/.exec(text ?? '')?.[1] ?? null
}
