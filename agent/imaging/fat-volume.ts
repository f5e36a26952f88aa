import assert from 'node:assert/strict'
import { AppError } from '../../protocol/errors.ts'

/** Files of the root directory; names in lower case, told apart without regard to case. */
export type FatFiles = Readonly<Record<string, Uint8Array>>

export interface FatVolumeOptions {
  /** At most {@link fatVolumeMaximumBytes}; whole sectors. */
  readonly sizeBytes: number
  /** The disk's: Linux mounts no FAT whose sectors are smaller than the disk's. */
  readonly sectorSizeBytes: number
  /** Up to 11 upper-case letters and digits. */
  readonly label: string
  /** Serial number of the volume. */
  readonly volumeId: number
  /** Sectors before the volume on its disk. */
  readonly hiddenSectors: number
}

/** Largest volume: one sector a cluster stays within FAT16 at either sector size. */
export const fatVolumeMaximumBytes = 4 * 1024 * 1024

const rootEntryCount = 512
const fatCount = 2
const mediaFixed = 0xf8
/** Fewer clusters than this make FAT12, by definition (Microsoft FAT specification 1.03, §3.5). */
const fat16ClusterMinimum = 4085

/**
 * A FAT12 or FAT16 volume with long file names, whole, as bytes: small enough to be made in memory,
 * and understood by cloud-init, every firmware and every kernel. The same input gives the same
 * bytes: files bear the first date FAT knows. Throws `too-large` when the files do not fit.
 */
export function buildFatVolume(files: FatFiles, options: FatVolumeOptions): Uint8Array {
  const { sizeBytes, sectorSizeBytes } = options
  assert(sizeBytes % sectorSizeBytes === 0 && sizeBytes <= fatVolumeMaximumBytes)
  const layout = planLayout(sizeBytes / sectorSizeBytes, sectorSizeBytes)
  const volume = new Uint8Array(sizeBytes)
  writeBootSector(volume, layout, options)

  const table: number[] = [0xff00 | mediaFixed, 0xffff]
  const directory: Uint8Array[] = [labelEntry(options.label)]
  for (const [at, [name, content]] of Object.entries(files).entries()) {
    const firstCluster = content.length === 0 ? 0 : table.length
    const clusterCount = Math.ceil(content.length / sectorSizeBytes)
    if (table.length + clusterCount > layout.clusterCount + 2) {
      throw new AppError('too-large', `seed does not fit a volume of ${sizeBytes} bytes`)
    }
    const offset = (layout.dataSector + firstCluster - 2) * sectorSizeBytes
    if (clusterCount > 0) volume.set(content, offset)
    for (let left = clusterCount; left > 0; left -= 1) {
      table.push(left === 1 ? 0xffff : table.length + 1)
    }
    directory.push(...fileEntries(name, at + 1, firstCluster, content.length))
  }
  assert(directory.length <= rootEntryCount, `FAT root directory holds ${rootEntryCount} entries`)

  const fat = encodeTable(table, layout, sectorSizeBytes)
  for (let copy = 0; copy < fatCount; copy += 1) {
    volume.set(fat, (layout.reservedSectors + copy * layout.fatSectors) * sectorSizeBytes)
  }
  const root = (layout.reservedSectors + fatCount * layout.fatSectors) * sectorSizeBytes
  for (const [at, entry] of directory.entries()) volume.set(entry, root + at * 32)
  return volume
}

interface Layout {
  readonly sectorCount: number
  readonly reservedSectors: number
  readonly fatSectors: number
  readonly dataSector: number
  readonly clusterCount: number
  readonly isFat16: boolean
}

/** One sector a cluster. Counts near the border of FAT12 are avoided: readers differ there. */
function planLayout(sectorCount: number, sectorSizeBytes: number): Layout {
  const rootSectors = (rootEntryCount * 32) / sectorSizeBytes
  for (const reservedSectors of [1, 64]) {
    const layout = layoutWith(reservedSectors)
    if (Math.abs(layout.clusterCount - fat16ClusterMinimum) > 16) return layout
  }
  throw new Error(`no FAT layout for ${sectorCount} sectors`)

  function layoutWith(reservedSectors: number): Layout {
    for (let fatSectors = 1; ; fatSectors += 1) {
      const dataSector = reservedSectors + fatCount * fatSectors + rootSectors
      const clusterCount = sectorCount - dataSector
      if (clusterCount < 1) {
        throw new AppError('too-large', `${sectorCount} sectors are too few for a FAT volume`)
      }
      const isFat16 = clusterCount >= fat16ClusterMinimum
      const tableBytes = Math.ceil((clusterCount + 2) * (isFat16 ? 2 : 1.5))
      if (tableBytes <= fatSectors * sectorSizeBytes) {
        return { sectorCount, reservedSectors, fatSectors, dataSector, clusterCount, isFat16 }
      }
    }
  }
}

function writeBootSector(volume: Uint8Array, layout: Layout, options: FatVolumeOptions): void {
  const view = new DataView(volume.buffer)
  volume.set([0xeb, 0x3c, 0x90])
  volume.set(ascii('ASSAY', 8), 3)
  view.setUint16(11, options.sectorSizeBytes, true)
  view.setUint8(13, 1)
  view.setUint16(14, layout.reservedSectors, true)
  view.setUint8(16, fatCount)
  view.setUint16(17, rootEntryCount, true)
  view.setUint16(19, layout.sectorCount, true)
  view.setUint8(21, mediaFixed)
  view.setUint16(22, layout.fatSectors, true)
  view.setUint16(24, 63, true)
  view.setUint16(26, 255, true)
  view.setUint32(28, options.hiddenSectors, true)
  view.setUint8(36, 0x80)
  view.setUint8(38, 0x29)
  view.setUint32(39, options.volumeId, true)
  volume.set(ascii(options.label, 11), 43)
  volume.set(ascii(layout.isFat16 ? 'FAT16' : 'FAT12', 8), 54)
  view.setUint16(510, 0xaa55, true)
}

function encodeTable(
  table: readonly number[],
  layout: Layout,
  sectorSizeBytes: number,
): Uint8Array {
  const fat = new Uint8Array(layout.fatSectors * sectorSizeBytes)
  const put = (at: number, bits: number) => fat.set([(fat[at] ?? 0) | bits], at)
  for (const [cluster, next] of table.entries()) {
    if (layout.isFat16) {
      put(cluster * 2, next & 0xff)
      put(cluster * 2 + 1, next >> 8)
      continue
    }
    const at = Math.floor(cluster * 1.5)
    const bits = (next & 0xfff) << (cluster % 2 === 0 ? 0 : 4)
    put(at, bits & 0xff)
    put(at + 1, bits >> 8)
  }
  return fat
}

function labelEntry(label: string): Uint8Array {
  const entry = new Uint8Array(32)
  entry.set(ascii(label, 11))
  entry.set([0x08], 11)
  writeDates(entry)
  return entry
}

/** Long-name entries, last part first, then the short entry they belong to. */
function fileEntries(
  name: string,
  serial: number,
  firstCluster: number,
  sizeBytes: number,
): readonly Uint8Array[] {
  const short = shortName(name, serial)
  const entry = new Uint8Array(32)
  const view = new DataView(entry.buffer)
  entry.set(short)
  entry.set([0x20], 11)
  writeDates(entry)
  view.setUint16(26, firstCluster, true)
  view.setUint32(28, sizeBytes, true)
  return [...longNameEntries(name, checksum(short)), entry]
}

function longNameEntries(name: string, sum: number): readonly Uint8Array[] {
  const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30]
  const partCount = Math.ceil(name.length / places.length)
  return Array.from({ length: partCount }, (_, part) => {
    const entry = new Uint8Array(32)
    const view = new DataView(entry.buffer)
    view.setUint8(0, (part + 1) | (part === partCount - 1 ? 0x40 : 0))
    view.setUint8(11, 0x0f)
    view.setUint8(13, sum)
    for (const [at, place] of places.entries()) {
      const position = part * places.length + at
      const padding = position === name.length ? 0 : 0xffff
      const unit = position < name.length ? name.charCodeAt(position) : padding
      view.setUint16(place, unit, true)
    }
    return entry
  }).toReversed()
}

/** A unique 8.3 name, as `META-D~1`. */
function shortName(name: string, serial: number): Uint8Array {
  const dot = name.lastIndexOf('.')
  const clean = (part: string) => part.toUpperCase().replaceAll(/[^A-Z0-9_-]/g, '')
  const tail = `~${serial}`
  const base = clean(dot > 0 ? name.slice(0, dot) : name).slice(0, 8 - tail.length)
  const extension = dot > 0 ? clean(name.slice(dot + 1)).slice(0, 3) : ''
  return Uint8Array.from([...ascii(`${base}${tail}`, 8), ...ascii(extension, 3)])
}

function checksum(short: Uint8Array): number {
  return short.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0)
}

/** 1 January 1980, midnight. */
function writeDates(entry: Uint8Array): void {
  const view = new DataView(entry.buffer)
  for (const at of [16, 18, 24]) view.setUint16(at, 0x21, true)
}

function ascii(text: string, length: number): Uint8Array {
  assert(text.length <= length, `'${text}' is longer than ${length} signs`)
  return new TextEncoder().encode(text.padEnd(length))
}
