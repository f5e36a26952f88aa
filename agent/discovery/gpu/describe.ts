import type { GpuFacts } from '../../../protocol/facts/gpu.ts'
import type { GpuManagement } from '../../../protocol/facts/gpu-management.ts'
import type { PciFunction } from '../../../protocol/facts/pci.ts'
import type { Host } from '../../host.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { attribute, countAttribute } from '../sysfs.ts'
import { readAmdgpu } from './amdgpu.ts'
import { kindOf } from './kind.ts'
import { gpuModel } from './models.ts'

type Gpu = GpuFacts['gpus'][number]

/** One device with what its driver and its ids tell. `management`: what NVIDIA's driver told of it. */
export async function describeGpu(
  host: Host,
  found: PciFunction,
  management: GpuManagement | null,
): Promise<Gpu> {
  const folder = `${paths.pci}/${found.address}`
  const told = found.driver === 'amdgpu' ? await readAmdgpu(host, folder) : management
  const model = gpuModel(found.vendorId, found.deviceId)
  const kind = kindOf(found)
  const fromDriver = await driverMemory(host, folder, told)
  // A virtual function has a part of what its model has, and its driver alone knows which.
  const fromModel = found.physicalFunction === null ? (model?.memorySizeBytes ?? null) : null
  return {
    address: found.address,
    kind,
    vendorId: found.vendorId,
    deviceId: found.deviceId,
    subsystemVendorId: found.subsystemVendorId,
    subsystemDeviceId: found.subsystemDeviceId,
    classCode: found.classCode,
    revision: found.revision,
    driver: found.driver,
    link: found.link,
    numaNode: found.numaNode,
    // Kernel document amdgpu/driver-misc.rst; other drivers have no such attribute.
    model:
      told?.name ??
      deviceText(await attribute(host, `${folder}/product_name`)) ??
      model?.name ??
      null,
    memorySizeBytes: fromDriver ?? fromModel,
    memorySource: fromDriver !== null ? 'driver' : fromModel !== null ? 'model' : null,
    largestBarBytes: await largestBar(host, folder),
    formFactor: formFactor(found) ?? model?.formFactor ?? null,
    management: told,
  }
}

async function driverMemory(
  host: Host,
  folder: string,
  told: GpuManagement | null,
): Promise<number | null> {
  if (told !== null && told.memorySizeBytes !== null) return told.memorySizeBytes
  const amd = await countAttribute(host, `${folder}/mem_info_vram_total`)
  return amd ?? (await intelMemory(host, folder))
}

/** i915 tells the local memory of a card, xe that of each tile (ABI/testing/sysfs-driver-intel-*). */
async function intelMemory(host: Host, folder: string): Promise<number | null> {
  for (const card of await host.list(`${folder}/drm`)) {
    const size = await countAttribute(host, `${folder}/drm/${card}/lmem_total_bytes`)
    if (size !== null) return size
  }
  let total: number | null = null
  for (const tile of await host.list(folder)) {
    if (!/^tile\d$/.test(tile)) continue
    const text = await attribute(host, `${folder}/${tile}/physical_vram_size_bytes`)
    const size = /^(0x[0-9a-f]{1,13}|\d{1,15})$/i.test(text ?? '') ? Number(text) : null
    if (size !== null) total = (total ?? 0) + size
  }
  return total
}

/**
 * Of the chip set or processor: Intel's graphics are device 2 of the root bus since 2004, AMD's
 * processors have ids of their own.
 */
function formFactor({ vendorId, deviceId, address, parentAddress, classCode }: PciFunction) {
  const isOnRoot = parentAddress === null && address.endsWith(':00:02.0')
  const isIntel = vendorId === '8086' && isOnRoot && classCode.startsWith('03')
  return isIntel || (vendorId === '1002' && processorGraphics.has(deviceId)) ? 'integrated' : null
}

/** AMD: Raven, Picasso, Renoir, Lucienne, Cezanne, Rembrandt, Raphael, Phoenix, Hawk Point, ... */
const processorGraphics = new Set([
  '13c0',
  '150e',
  '1586',
  '15bf',
  '15c8',
  '15d8',
  '15dd',
  '15e7',
  '1636',
  '1638',
  '164c',
  '164e',
  '1681',
  '1900',
  '1901',
])

/** IORESOURCE_MEM of include/linux/ioport.h. */
const memoryResource = 0x200n
const barCount = 6

/** `resource`: start, end and flags of each BAR; the expansion ROM and bridge windows follow. */
async function largestBar(host: Host, folder: string): Promise<number | null> {
  const text = (await attribute(host, `${folder}/resource`)) ?? ''
  let largest = 0n
  for (const line of text.split('\n').slice(0, barCount)) {
    const [start, end, flags] = /^0x\w{1,16} 0x\w{1,16} 0x\w{1,16}$/.test(line.trim())
      ? line.trim().split(' ').map(BigInt)
      : []
    if (start === undefined || end === undefined || flags === undefined) continue
    if ((flags & memoryResource) === 0n || end <= start) continue
    if (end - start + 1n > largest) largest = end - start + 1n
  }
  return largest === 0n || largest > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(largest)
}
