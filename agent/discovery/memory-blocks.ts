import { DecodeError } from '../../protocol/errors.ts'
import { type MemoryFacts, maxMemoryBlocks } from '../../protocol/facts/memory.ts'
import type { Host } from '../host.ts'
import { paths } from './paths.ts'
import { all } from './probe.ts'
import { attribute, flagAttribute } from './sysfs.ts'

type Blocks = NonNullable<MemoryFacts['blocks']>
type Block = Omit<Blocks['ranges'][number], 'startBytes' | 'sizeBytes'> & { readonly index: number }

/** 128 MiB each, as Arm machines have them, on a machine of 8 TiB. */
const maxRecordedBlocks = 65_536

/** Kernel document memory-hotplug.rst. Null as `MemoryFacts.blocks` says. */
export async function memoryBlocks(
  host: Host,
  mostBlocks = host.live ? maxMemoryBlocks : maxRecordedBlocks,
): Promise<Blocks | null> {
  const size = await attribute(host, `${paths.memoryBlocks}/block_size_bytes`)
  if (size === null) return null
  const blockSizeBytes = hexNumber(size)
  const names = (await host.list(paths.memoryBlocks)).filter((name) => /^memory\d{1,9}$/.test(name))
  if (names.length === 0 || names.length > mostBlocks) return null
  const blocks = await all(names, (name) => readBlock(host, name))
  const sorted = blocks.toSorted((a, b) => a.index - b.index)
  const ranges = rangesOf(sorted, blockSizeBytes)
  if (ranges.length > maxMemoryBlocks) return null
  const bytesOf = (isOnline: boolean) =>
    sorted.filter(({ state }) => (state === 'online') === isOnline).length * blockSizeBytes
  return {
    blockSizeBytes,
    onlineBytes: bytesOf(true),
    offlineBytes: bytesOf(false),
    ranges,
  }
}

async function readBlock(host: Host, name: string): Promise<Block> {
  const folder = `${paths.memoryBlocks}/${name}`
  const [state, removable, zones, entries] = await Promise.all([
    attribute(host, `${folder}/state`),
    flagAttribute(host, `${folder}/removable`),
    attribute(host, `${folder}/valid_zones`),
    host.list(folder),
  ])
  const node = entries.find((entry) => /^node\d{1,4}$/.test(entry))
  return {
    index: Number(name.slice('memory'.length)),
    state: stateOf(state),
    removable,
    node: node === undefined ? null : Number(node.slice('node'.length)),
    zones: (zones ?? '')
      .split(/\s+/)
      .filter((zone) => zone !== '' && zone.toLowerCase() !== 'none'),
  }
}

function stateOf(state: string | null): Block['state'] {
  if (state === 'online' || state === 'offline' || state === 'going-offline') return state
  throw new DecodeError(`Cannot read the state of a memory block: found '${state ?? 'nothing'}'`)
}

function rangesOf(blocks: readonly Block[], blockSizeBytes: number): Blocks['ranges'] {
  const ranges: Blocks['ranges'][number][] = []
  for (const { index, ...kind } of blocks) {
    const startBytes = index * blockSizeBytes
    const last = ranges.at(-1)
    if (
      last !== undefined &&
      last.startBytes + last.sizeBytes === startBytes &&
      alike(last, kind)
    ) {
      ranges[ranges.length - 1] = { ...last, sizeBytes: last.sizeBytes + blockSizeBytes }
    } else {
      ranges.push({ startBytes, sizeBytes: blockSizeBytes, ...kind })
    }
  }
  return ranges
}

function alike(a: Omit<Block, 'index'>, b: Omit<Block, 'index'>): boolean {
  return (
    a.state === b.state &&
    a.removable === b.removable &&
    a.node === b.node &&
    a.zones.join() === b.zones.join()
  )
}

/** The kernel writes the size without a prefix. */
function hexNumber(text: string): number {
  const value = /^(0x)?[0-9a-f]{1,13}$/i.test(text) ? Number.parseInt(text, 16) : 0
  if (value > 0) return value
  throw new DecodeError(`Cannot read the size of memory blocks: found '${text.slice(0, 64)}'`)
}
