import type { KfdNode } from '../../../protocol/facts/kfd.ts'

/** What we hold as the kernel prints it; undefined: not held. */
type Printed = string | null | undefined

function count(value: number | null | undefined): string | null {
  // The kernel has one number for nothing and for none.
  return String(value ?? 0)
}

function hexNumber(value: string | null): string {
  return value === null ? '0' : String(BigInt(`0x${value}`))
}

function millions(value: number | null): string {
  return String((value ?? 0) / 1e6)
}

/** One property of `nodes/N/properties`. */
export function nodeProperty(node: KfdNode, name: string): Printed {
  const [, bus = '0', device = '0', functionNumber = '0'] =
    /:(\w\w):(\w\w)\.(\d)$/.exec(node.address ?? '') ?? []
  const location =
    (Number.parseInt(bus, 16) << 8) | (Number.parseInt(device, 16) << 3) | Number(functionNumber)
  const printers: Readonly<Record<string, () => string | null | undefined>> = {
    cpu_cores_count: () => count(node.cpuCoreCount),
    simd_count: () => count(node.simdCount),
    simd_id_base: () => count(node.simdIdBase),
    mem_banks_count: () =>
      node.memoryBanks.length === 0 ? undefined : count(node.memoryBanks.length),
    io_links_count: () => linkCount(node, false),
    p2p_links_count: () => linkCount(node, true),
    caches_count: () =>
      node.caches.length === 0
        ? undefined
        : count(node.caches.reduce((sum, kind) => sum + kind.count, 0)),
    simd_per_cu: () =>
      node.computeUnitCount === null ? '0' : String(node.simdCount / node.computeUnitCount),
    wave_front_size: () => count(node.waveFrontSize),
    gfx_target_version: () => gfxNumber(node.gfxTarget),
    vendor_id: () => hexNumber(node.vendorId),
    device_id: () => hexNumber(node.deviceId),
    location_id: () => String(location),
    domain: () => String(Number.parseInt(node.address?.split(':')[0] ?? '0', 16)),
    drm_render_minor: () => count(node.drmRenderMinor),
    hive_id: () => hexNumber(node.hiveId),
    unique_id: () => hexNumber(node.uniqueId),
    num_xcc: () => count(node.computeDieCount),
    num_sdma_engines: () => count(node.sdmaEngineCount),
    num_sdma_xgmi_engines: () => count(node.sdmaXgmiEngineCount),
    fw_version: () => count(node.firmwareVersion),
    sdma_fw_version: () => count(node.sdmaFirmwareVersion),
    max_engine_clk_fcompute: () =>
      node.kind === 'cpu' ? undefined : millions(node.maxEngineClockHz),
    max_engine_clk_ccompute: () =>
      node.kind === 'cpu' ? millions(node.maxEngineClockHz) : undefined,
  }
  return Object.hasOwn(printers, name) ? printers[name]?.() : undefined
}

/** A recording may leave out the folders that the numbers speak of. */
function linkCount(node: KfdNode, peer: boolean): string | undefined {
  const ends = node.links.filter((link) => link.peer === peer).flatMap(({ to }) => to)
  return ends.length === 0 ? undefined : String(ends.length)
}

function gfxNumber(target: string | null): string {
  const [, major = '0', minor = '0', stepping = '0'] = /^gfx(\d+)(\w)(\w)$/.exec(target ?? '') ?? []
  return String(
    Number(major) * 10_000 + Number.parseInt(minor, 16) * 100 + Number.parseInt(stepping, 16),
  )
}

const heaps = ['system', 'public', 'private', 'gds', 'lds', 'scratch', 'svm']

/** One property of a memory bank. */
export function memoryProperty(
  bank: KfdNode['memoryBanks'][number] | undefined,
  name: string,
): Printed {
  if (bank === undefined) return null
  switch (name) {
    case 'heap_type':
      return String(heaps.indexOf(bank.kind))
    case 'size_in_bytes':
      return String(bank.sizeBytes)
    case 'flags':
      return String(bank.flags)
    case 'width':
      return count(bank.widthBits)
    case 'mem_clk_max':
      return millions(bank.maxClockHz)
    default:
      return undefined
  }
}

const linkTypes = new Map([
  ['hypertransport', '1'],
  ['pcie', '2'],
  ['xgmi', '11'],
])

/** One property of the link to the node `to`. */
export function linkProperty(
  link: KfdNode['links'][number] | undefined,
  to: number,
  name: string,
): Printed {
  if (link === undefined) return null
  switch (name) {
    case 'type':
      return linkTypes.get(link.kind)
    case 'node_from':
      return String(link.from)
    case 'node_to':
      return link.to.includes(to) ? String(to) : null
    case 'weight':
      return String(link.weight)
    case 'min_bandwidth':
      return millions(link.minBandwidthBytesPerSecond)
    case 'max_bandwidth':
      return millions(link.maxBandwidthBytesPerSecond)
    default:
      return undefined
  }
}
