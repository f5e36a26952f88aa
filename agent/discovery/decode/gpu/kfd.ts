import { DecodeError } from '../../../../protocol/errors.ts'
import type { KfdNode, KfdTopology } from '../../../../protocol/facts/kfd.ts'
import { deviceText } from '../device-text.ts'
import { toHex } from '../integers.ts'

/** The text files of one folder of topology/nodes; null for a file that is not there. */
export interface KfdNodeFiles {
  readonly id: number
  readonly properties: string
  readonly gpuId: string | null
  readonly name: string | null
  readonly memoryBanks: readonly string[]
  readonly caches: readonly string[]
  readonly links: readonly string[]
  readonly peerLinks: readonly string[]
}

/** Values of a properties file by name: `simd_count 256`, 64 bits each. */
export type KfdProperties = ReadonlyMap<string, bigint>

/** Reads `name value` lines; others (the map of a cache's siblings) are left out. */
export function parseKfdProperties(text: string): KfdProperties {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^(\w{1,64}) (\d{1,20})\s*$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, BigInt(value)] as const]
    }),
  )
}

/** A node out of its files, include/uapi/linux/kfd_sysfs.h. */
export function decodeKfdNode(files: KfdNodeFiles): KfdNode {
  const all = parseKfdProperties(files.properties)
  const number = (name: string) => wholeNumber(all, name)
  const simdCount = number('simd_count') ?? 0
  const cpuCoreCount = number('cpu_cores_count') ?? 0
  const perUnit = number('simd_per_cu')
  const isGpu = simdCount > 0
  return {
    id: files.id,
    kind: isGpu ? (cpuCoreCount > 0 ? 'apu' : 'gpu') : 'cpu',
    gpuId: /^\d{1,10}\s*$/.test(files.gpuId ?? '') ? Number(files.gpuId) : null,
    name: deviceText(files.name),
    address: isGpu ? addressOf(number('location_id'), number('domain') ?? 0) : null,
    vendorId: idOf(number('vendor_id')),
    deviceId: idOf(number('device_id')),
    cpuCoreCount,
    simdCount,
    simdIdBase: number('simd_id_base') ?? 0,
    computeUnitCount:
      isGpu && perUnit !== null && perUnit > 0 ? Math.floor(simdCount / perUnit) : null,
    computeDieCount: isGpu ? number('num_xcc') : null,
    waveFrontSize: isGpu ? number('wave_front_size') : null,
    gfxTarget: gfxTarget(number('gfx_target_version')),
    uniqueId: serial(all.get('unique_id')),
    hiveId: serial(all.get('hive_id')),
    drmRenderMinor: isGpu ? number('drm_render_minor') : null,
    maxEngineClockHz: scaled(number(isGpu ? 'max_engine_clk_fcompute' : 'max_engine_clk_ccompute')),
    firmwareVersion: isGpu ? number('fw_version') : null,
    sdmaFirmwareVersion: isGpu ? number('sdma_fw_version') : null,
    sdmaEngineCount: isGpu ? number('num_sdma_engines') : null,
    sdmaXgmiEngineCount: isGpu ? number('num_sdma_xgmi_engines') : null,
    memoryBanks: files.memoryBanks.map((text) => memoryBank(parseKfdProperties(text))),
    caches: cachesOf(files.caches),
    links: linksOf([
      ...files.links.map((text) => linkOf(parseKfdProperties(text), false)),
      ...files.peerLinks.map((text) => linkOf(parseKfdProperties(text), true)),
    ]),
  }
}

/** The topology of decoded nodes, with the GPUs of each XGMI hive. */
export function kfdTopologyOf(nodes: readonly KfdNode[]): KfdTopology {
  const hives = new Map<string, number[]>()
  for (const { hiveId, id } of nodes) {
    if (hiveId === null) continue
    const members = hives.get(hiveId) ?? []
    members.push(id)
    hives.set(hiveId, members)
  }
  return { nodes, hives: [...hives].map(([id, members]) => ({ id, nodes: members })) }
}

function wholeNumber(all: KfdProperties, name: string): number | null {
  const value = all.get(name)
  if (value === undefined) return null
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
  throw new DecodeError(`Cannot read KFD properties: ${name} is ${value}`)
}

/** Bus, device and function in 16 bits, as in a requester id. */
function addressOf(location: number | null, domain: number): string | null {
  if (location === null || location > 0xffff || domain > 0xffff_ffff) return null
  const [bus, device] = [toHex(location >> 8, 2), toHex((location >> 3) & 31, 2)]
  return `${toHex(domain, 4)}:${bus}:${device}.${location & 7}`
}

function idOf(id: number | null): string | null {
  return id === null || id === 0 || id > 0xffff ? null : toHex(id, 4)
}

/** 90010 -> `gfx90a`: the minor version and the stepping are one hex digit each. */
function gfxTarget(version: number | null): string | null {
  if (version === null || version === 0) return null
  const [major, minor, stepping] = [
    Math.floor(version / 10_000),
    Math.floor(version / 100) % 100,
    version % 100,
  ]
  if (major > 99 || minor > 15 || stepping > 15) return null
  return `gfx${major}${toHex(minor, 1)}${toHex(stepping, 1)}`
}

function serial(value: bigint | undefined): string | null {
  if (value === undefined || value === 0n || value > 0xffff_ffff_ffff_ffffn) return null
  return value.toString(16).padStart(16, '0')
}

/** The kernel counts MHz and MB/s. */
function scaled(millions: number | null): number | null {
  return millions === null || millions === 0 || millions > 1e9 ? null : millions * 1_000_000
}

/** HSA heap types, drivers/gpu/drm/amd/amdkfd/kfd_crat.h. */
const heaps = ['system', 'public', 'private', 'gds', 'lds', 'scratch', 'svm'] as const

function memoryBank(all: KfdProperties): KfdNode['memoryBanks'][number] {
  const sizeBytes = wholeNumber(all, 'size_in_bytes')
  if (sizeBytes === null) throw new DecodeError('Cannot read a KFD memory bank: it has no size')
  return {
    kind: heaps[wholeNumber(all, 'heap_type') ?? -1] ?? 'other',
    sizeBytes,
    flags: wholeNumber(all, 'flags') ?? 0,
    widthBits: positive(wholeNumber(all, 'width')),
    maxClockHz: scaled(wholeNumber(all, 'mem_clk_max')),
  }
}

function positive(value: number | null): number | null {
  return value === 0 ? null : value
}

/** Of a chip with a hundred caches only their kinds are worth the room. Sizes are in KiB. */
function cachesOf(files: readonly string[]): KfdNode['caches'] {
  const kinds = new Map<string, { level: number; sizeBytes: number; count: number }>()
  for (const text of files) {
    const all = parseKfdProperties(text)
    const [level, size] = [wholeNumber(all, 'level'), wholeNumber(all, 'size')]
    if (level === null || size === null || size > 1e9) continue
    const kind = kinds.get(`${level} ${size}`) ?? { level, sizeBytes: size * 1024, count: 0 }
    kind.count++
    kinds.set(`${level} ${size}`, kind)
  }
  return [...kinds.values()].toSorted((a, b) => a.level - b.level || a.sizeBytes - b.sizeBytes)
}

/** Link types of the CRAT table: 1 HyperTransport, 2 PCI Express, 11 XGMI. */
const linkKinds: ReadonlyMap<number | null, KfdNode['links'][number]['kind']> = new Map([
  [1, 'hypertransport'],
  [2, 'pcie'],
  [11, 'xgmi'],
])

type Link = KfdNode['links'][number]

/** Links that differ in their end only become one. */
function linksOf(links: readonly (Omit<Link, 'to'> & { readonly to: number })[]): readonly Link[] {
  const alike = new Map<string, Omit<Link, 'to'> & { readonly to: number[] }>()
  for (const { to, ...rest } of links) {
    const key = JSON.stringify(rest)
    const group = alike.get(key) ?? { ...rest, to: [] }
    group.to.push(to)
    alike.set(key, group)
  }
  return [...alike.values()]
}

function linkOf(all: KfdProperties, peer: boolean): Omit<Link, 'to'> & { readonly to: number } {
  const from = wholeNumber(all, 'node_from')
  const to = wholeNumber(all, 'node_to')
  if (from === null || to === null)
    throw new DecodeError('Cannot read a KFD link: it leads nowhere')
  return {
    from,
    to,
    kind: linkKinds.get(wholeNumber(all, 'type')) ?? 'other',
    peer,
    weight: wholeNumber(all, 'weight') ?? 0,
    minBandwidthBytesPerSecond: scaled(wholeNumber(all, 'min_bandwidth')),
    maxBandwidthBytesPerSecond: scaled(wholeNumber(all, 'max_bandwidth')),
  }
}
