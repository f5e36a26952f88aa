import type { GpuManagement } from '../../protocol/facts/gpu-management.ts'
import { type NvmlBinding, nvmlSuccess } from './binding.ts'
import { flag, numbersOf } from './identity.ts'

/** ECC, remapped rows, retired pages, and whether the GPU joined its fabric. */
export function readHealth(nvml: NvmlBinding, device: bigint) {
  const [current, pending] = nvml.numbers('nvmlDeviceGetEccMode', 2, device) ?? []
  const enabled = flag(current ?? null)
  return {
    ecc: enabled === null ? null : { enabled, pendingEnabled: flag(pending ?? null) },
    eccErrorsVolatile: eccErrors(nvml, device, 0),
    eccErrorsAggregate: eccErrors(nvml, device, 1),
    remappedRows: remappedRows(nvml, device),
    retiredPages: retiredPages(nvml, device),
    fabric: fabricOf(nvml, device),
  } satisfies Partial<GpuManagement>
}

/** nvmlMemoryErrorType_t and nvmlMemoryLocation_t (7 SRAM, 2 DRAM) of nvml.h. */
function eccErrors(nvml: NvmlBinding, device: bigint, period: 0 | 1): Record<string, number> {
  const kinds = ['correctable', 'uncorrectable'] as const
  const places = [
    ['sram', 7],
    ['dram', 2],
  ] as const
  return numbersOf(
    kinds.flatMap((kind, type) => [
      [`total-${kind}`, nvml.large('nvmlDeviceGetTotalEccErrors', device, type, period)] as const,
      ...places.map(
        ([name, place]) =>
          [
            `${name}-${kind}`,
            nvml.large('nvmlDeviceGetMemoryErrorCounter', device, type, period, place),
          ] as const,
      ),
    ]),
  )
}

function remappedRows(nvml: NvmlBinding, device: bigint): GpuManagement['remappedRows'] {
  const [correctableCount, uncorrectableCount, pending, failed] =
    nvml.numbers('nvmlDeviceGetRemappedRows', 4, device) ?? []
  if (correctableCount === undefined || uncorrectableCount === undefined) return null
  const banks = nvml.structure('nvmlDeviceGetRowRemapperHistogram', 20, null, device)
  return {
    correctableCount,
    uncorrectableCount,
    pending: pending !== 0,
    failed: failed !== 0,
    banks:
      banks === null
        ? {}
        : numbersOf(
            ['max', 'high', 'partial', 'low', 'none'].map((name, index) => [
              name,
              banks.getUint32(index * 4, true),
            ]),
          ),
  }
}

/** What a call answers whose buffer has no room: the number of what it would fill in. */
const insufficientSize = 7

/** nvmlPageRetirementCause_t: 0 several single-bit errors, 1 a double-bit error. */
function retiredPages(nvml: NvmlBinding, device: bigint): GpuManagement['retiredPages'] {
  const countOf = (cause: 0 | 1) => {
    const count = new Uint32Array(1)
    const none = new BigUint64Array(1)
    const code = nvml.call('nvmlDeviceGetRetiredPages', device, cause, count, none)
    return code === nvmlSuccess || code === insufficientSize ? (count[0] ?? null) : null
  }
  const pages = {
    singleBitCount: countOf(0),
    doubleBitCount: countOf(1),
    pending: flag(nvml.number('nvmlDeviceGetRetiredPagesPendingStatus', device)),
  }
  return Object.values(pages).every((value) => value === null) ? null : pages
}

/** nvmlGpuFabricState_t; 0: the GPU is on no fabric. */
const fabricStates = [null, 'not-started', 'in-progress', 'completed'] as const

/** nvmlGpuFabricInfo_t, 28 bytes: cluster UUID (16), status, clique id, state. */
function fabricOf(nvml: NvmlBinding, device: bigint): GpuManagement['fabric'] {
  const info = nvml.structure('nvmlDeviceGetGpuFabricInfo', 28, null, device)
  const state = fabricStates[info?.getUint8(24) ?? 0] ?? null
  if (info === null || state === null) return null
  const uuid = new Uint8Array(info.buffer, 0, 16).toHex()
  const status = info.getUint32(16, true)
  return {
    state,
    status: state === 'completed' ? (status === nvmlSuccess ? 'Success' : `NVML ${status}`) : null,
    cliqueId: info.getUint32(20, true),
    clusterUuid: /^0+$/.test(uuid)
      ? null
      : uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  }
}
