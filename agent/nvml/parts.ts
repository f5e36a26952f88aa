import type { GpuManagement } from '../../protocol/facts/gpu-management.ts'
import { exact, type NvmlBinding } from './binding.ts'
import { flag } from './identity.ts'
import { readPciInfo } from './pci-info.ts'

/** NVML_NVLINK_MAX_LINKS of nvml.h since Hopper; older chips say so of the links they lack. */
const maxNvLinks = 18

/** nvmlIntNvLinkDeviceType_t: 0 GPU, 1 CPU (IBM), 2 switch. */
const remoteKinds = ['gpu', 'cpu', 'switch'] as const

/** The NVLinks of a GPU; none on one that has none. */
export function readNvLinks(nvml: NvmlBinding, device: bigint): GpuManagement['nvLinks'] {
  const links: GpuManagement['nvLinks'][number][] = []
  for (let index = 0; index < maxNvLinks; index++) {
    const active = flag(nvml.number('nvmlDeviceGetNvLinkState', device, index))
    if (active === null) continue
    const kind = active ? nvml.number('nvmlDeviceGetNvLinkRemoteDeviceType', device, index) : null
    links.push({
      index,
      active,
      version: active ? nvml.number('nvmlDeviceGetNvLinkVersion', device, index) : null,
      remoteAddress: active
        ? (readPciInfo(nvml, 'nvmlDeviceGetNvLinkRemotePciInfo_v2', device, index)?.address ?? null)
        : null,
      remoteKind: remoteKinds[kind ?? -1] ?? null,
    })
  }
  return links
}

/** As many as a GPU can be cut into, with room. */
const maxMigDevices = 64

/** Null on GPUs that cannot be cut. */
export function readMig(nvml: NvmlBinding, device: bigint): GpuManagement['mig'] {
  const [current, pending] = nvml.numbers('nvmlDeviceGetMigMode', 2, device) ?? []
  const enabled = flag(current ?? null)
  if (enabled === null) return null
  const places = enabled ? (nvml.number('nvmlDeviceGetMaxMigDeviceCount', device) ?? 0) : 0
  const devices = Array.from({ length: Math.min(places, maxMigDevices) }, (_, index) =>
    migDeviceAt(nvml, device, index),
  )
  return {
    enabled,
    pendingEnabled: flag(pending ?? null),
    devices: devices.filter((one) => one !== null),
  }
}

type MigDevice = NonNullable<GpuManagement['mig']>['devices'][number]

function migDeviceAt(nvml: NvmlBinding, device: bigint, index: number): MigDevice | null {
  const part = nvml.handle('nvmlDeviceGetMigDeviceHandleByIndex', device, index)
  if (part === null) return null
  const gpuInstanceId = nvml.number('nvmlDeviceGetGpuInstanceId', part)
  const computeInstanceId = nvml.number('nvmlDeviceGetComputeInstanceId', part)
  if (gpuInstanceId === null || computeInstanceId === null) return null
  // nvmlDeviceAttributes_t: eight counts, then the memory in MiB.
  const attributes = nvml.structure('nvmlDeviceGetAttributes_v2', 40, null, part)
  const memory = nvml.structure('nvmlDeviceGetMemoryInfo', 24, null, part)
  return {
    index,
    gpuInstanceId,
    computeInstanceId,
    uuid: nvml.text('nvmlDeviceGetUUID', part),
    memorySizeBytes: memory === null ? null : exact(memory.getBigUint64(0, true)),
    multiprocessorCount: attributes?.getUint32(0, true) ?? null,
  }
}
