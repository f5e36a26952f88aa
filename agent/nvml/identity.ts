import type { GpuManagement } from '../../protocol/facts/gpu-management.ts'
import type { NvmlBinding } from './binding.ts'
import { readPciInfo } from './pci-info.ts'
import type { NvmlReport } from './report.ts'

/** Where a GPU is and what it is: the part that stays as long as the board. */
export function readIdentity(nvml: NvmlBinding, device: bigint) {
  const boardId = nvml.number('nvmlDeviceGetBoardId', device)
  const memory = memorySizes(nvml, device)
  const bar1 = nvml.structure('nvmlDeviceGetBAR1MemoryInfo', 24, null, device)
  return {
    place: placeOf(nvml, device),
    name: nvml.text('nvmlDeviceGetName', device),
    brand: brandNames[nvml.number('nvmlDeviceGetBrand', device) ?? 0] ?? null,
    architecture: architectures[nvml.number('nvmlDeviceGetArchitecture', device) ?? 0] ?? null,
    uuid: nvml.text('nvmlDeviceGetUUID', device),
    serial: nvml.text('nvmlDeviceGetSerial', device),
    boardId: boardId === null ? null : `0x${boardId.toString(16)}`,
    boardPartNumber: nvml.text('nvmlDeviceGetBoardPartNumber', device),
    moduleId: nvml.number('nvmlDeviceGetModuleId', device),
    minorNumber: nvml.number('nvmlDeviceGetMinorNumber', device),
    vbiosVersion: nvml.text('nvmlDeviceGetVbiosVersion', device),
    firmwareVersions: firmware(nvml, device),
    ...memory,
    visibleMemorySizeBytes: bar1 === null ? null : wholeAt(bar1, 0),
    computeMode: computeModes[nvml.number('nvmlDeviceGetComputeMode', device) ?? -1] ?? null,
    persistence: flag(nvml.number('nvmlDeviceGetPersistenceMode', device)),
    virtualizationMode:
      virtualization[nvml.number('nvmlDeviceGetVirtualizationMode', device) ?? -1] ?? null,
    link: linkOf(nvml, device),
    powerLimitsWatts: powerLimits(nvml, device),
    maxClocksHz: clocks(nvml, 'nvmlDeviceGetMaxClockInfo', device),
    applicationClocksHz: clocks(nvml, 'nvmlDeviceGetApplicationsClock', device),
    defaultApplicationClocksHz: clocks(nvml, 'nvmlDeviceGetDefaultApplicationsClock', device),
    temperatureLimitsCelsius: temperatureLimits(nvml, device),
  } satisfies Partial<GpuManagement> & { readonly place: unknown }
}

/** A u64 of a structure; null where it is no exact number. */
function wholeAt(view: DataView, offset: number): number | null {
  const value = Number(view.getBigUint64(offset, true))
  return Number.isSafeInteger(value) ? value : null
}

/** nvmlEnableState_t */
export function flag(state: number | null): boolean | null {
  return state === null || state > 1 ? null : state === 1
}

function placeOf(
  nvml: NvmlBinding,
  device: bigint,
): Omit<NvmlReport['gpus'][number], 'management'> {
  const info = readPciInfo(nvml, 'nvmlDeviceGetPciInfo_v3', device)
  return {
    address: info?.address ?? null,
    vendorId: info?.vendorId ?? null,
    deviceId: info?.deviceId ?? null,
    subsystemVendorId: info?.subsystemVendorId ?? null,
    subsystemDeviceId: info?.subsystemDeviceId ?? null,
    revision: null,
    // NVML's node is that of the GPU's own memory, not the one that the GPU is near to.
    numaNode: null,
  }
}

/** nvmlMemory_v2_t keeps what is reserved apart from what is used; nvmlMemory_t does not know it. */
function memorySizes(nvml: NvmlBinding, device: bigint) {
  const v2 = nvml.structure('nvmlDeviceGetMemoryInfo_v2', 40, 40 | (2 << 24), device)
  if (v2 !== null) {
    return { memorySizeBytes: wholeAt(v2, 8), memoryReservedBytes: wholeAt(v2, 16) }
  }
  const v1 = nvml.structure('nvmlDeviceGetMemoryInfo', 24, null, device)
  return { memorySizeBytes: v1 === null ? null : wholeAt(v1, 0), memoryReservedBytes: null }
}

/** nvmlInforomObject_t: 0 OEM, 1 ECC, 2 power management. */
function firmware(nvml: NvmlBinding, device: bigint): Record<string, string> {
  const versions = [
    ['inforom-image', nvml.text('nvmlDeviceGetInforomImageVersion', device)],
    ['inforom-oem', nvml.text('nvmlDeviceGetInforomVersion', device, 0)],
    ['inforom-ecc', nvml.text('nvmlDeviceGetInforomVersion', device, 1)],
    ['inforom-power', nvml.text('nvmlDeviceGetInforomVersion', device, 2)],
    ['gsp', nvml.fixedText('nvmlDeviceGetGspFirmwareVersion', device)],
  ] as const
  return Object.fromEntries(
    versions.flatMap(([name, version]) => (version === null ? [] : [[name, version] as const])),
  )
}

function linkOf(nvml: NvmlBinding, device: bigint): GpuManagement['link'] {
  const link = {
    maxGeneration: nvml.number('nvmlDeviceGetMaxPcieLinkGeneration', device),
    deviceMaxGeneration: nvml.number('nvmlDeviceGetGpuMaxPcieLinkGeneration', device),
    hostMaxGeneration: null,
    maxLaneWidth: nvml.number('nvmlDeviceGetMaxPcieLinkWidth', device),
    replayCount: nvml.number('nvmlDeviceGetPcieReplayCounter', device),
    replayRolloverCount: null,
  }
  return Object.values(link).every((value) => value === null) ? null : link
}

function powerLimits(nvml: NvmlBinding, device: bigint): Record<string, number> {
  const range = nvml.numbers('nvmlDeviceGetPowerManagementLimitConstraints', 2, device)
  return numbersOf(
    [
      ['limit', nvml.number('nvmlDeviceGetEnforcedPowerLimit', device)],
      ['requested', nvml.number('nvmlDeviceGetPowerManagementLimit', device)],
      ['default', nvml.number('nvmlDeviceGetPowerManagementDefaultLimit', device)],
      ['min', range?.[0] ?? null],
      ['max', range?.[1] ?? null],
    ],
    1000,
  )
}

/** nvmlClockType_t, in MHz. */
export function clocks(nvml: NvmlBinding, call: string, device: bigint): Record<string, number> {
  return numbersOf(
    (['graphics', 'sm', 'mem', 'video'] as const).map(
      (name, type) => [name, nvml.number(call, device, type)] as const,
    ),
    1e-6,
  )
}

/** The entries that have a value, each divided by `divisor`. */
export function numbersOf(
  entries: readonly (readonly [string, number | null])[],
  divisor = 1,
): Record<string, number> {
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      value === null ? [] : [[name, Number((value / divisor).toPrecision(15))] as const],
    ),
  )
}

/** nvmlTemperatureThresholds_t by number. */
function temperatureLimits(nvml: NvmlBinding, device: bigint): Record<string, number> {
  const names = ['max', 'slow', 'max-mem', 'max-gpu'] as const
  return numbersOf(
    names.map(
      (name, kind) =>
        [name, nvml.number('nvmlDeviceGetTemperatureThreshold', device, kind)] as const,
    ),
  )
}

/** nvmlBrandType_t */
const brandNames = [
  null,
  'Quadro',
  'Tesla',
  'NVS',
  'GRID',
  'GeForce',
  'Titan',
  'NVIDIA vApps',
  'NVIDIA VPC',
  'NVIDIA VCS',
  'NVIDIA VWS',
  'NVIDIA Cloud Gaming',
  'Quadro RTX',
  'NVIDIA RTX',
  'NVIDIA',
  'GeForce RTX',
  'Titan RTX',
] as const

/** NVML_DEVICE_ARCH_* */
const architectures = [
  null,
  null,
  'Kepler',
  'Maxwell',
  'Pascal',
  'Volta',
  'Turing',
  'Ampere',
  'Ada Lovelace',
  'Hopper',
  'Blackwell',
] as const

/** nvmlComputeMode_t, in the words of nvidia-smi. */
const computeModes = ['Default', 'Exclusive_Thread', 'Prohibited', 'Exclusive_Process'] as const

/** nvmlGpuVirtualizationMode_t, in the words of nvidia-smi. */
const virtualization = ['None', 'Pass-Through', 'VGPU', 'Host VGPU', 'Host VSGA'] as const
