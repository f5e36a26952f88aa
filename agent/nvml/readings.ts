import { emptyManagement, type GpuManagement } from '../../protocol/facts/gpu-management.ts'
import { exact, type NvmlBinding } from './binding.ts'
import { clocks, numbersOf } from './identity.ts'

/** What changes by the minute. */
export function readReadings(nvml: NvmlBinding, device: bigint): GpuManagement['readings'] {
  const state = nvml.number('nvmlDeviceGetPerformanceState', device)
  const milliwatts = nvml.number('nvmlDeviceGetPowerUsage', device)
  const busy = nvml.structure('nvmlDeviceGetUtilizationRates', 8, null, device)
  const bar1 = nvml.structure('nvmlDeviceGetBAR1MemoryInfo', 24, null, device)
  const fan = nvml.number('nvmlDeviceGetFanSpeed', device)
  return {
    ...emptyManagement('nvml').readings,
    // NVML_PSTATE_UNKNOWN is 32.
    performanceState: state === null || state > 15 ? null : `P${state}`,
    clocksHz: clocks(nvml, 'nvmlDeviceGetClockInfo', device),
    temperaturesCelsius: numbersOf([['gpu', nvml.number('nvmlDeviceGetTemperature', device, 0)]]),
    powerWatts: milliwatts === null ? null : milliwatts / 1000,
    fanRatio: percent(fan),
    utilizationRatio:
      busy === null
        ? {}
        : numbersOf([
            ['gpu', percent(busy.getUint32(0, true))],
            ['memory', percent(busy.getUint32(4, true))],
          ]),
    ...memoryUse(nvml, device),
    // nvmlBAR1Memory_t: total, free, used.
    visibleMemoryUsedBytes: bar1 === null ? null : exact(bar1.getBigUint64(16, true)),
    linkGeneration: nvml.number('nvmlDeviceGetCurrPcieLinkGeneration', device),
    linkLaneWidth: nvml.number('nvmlDeviceGetCurrPcieLinkWidth', device),
    throttleReasons: throttleReasons(nvml, device),
  }
}

function percent(value: number | null): number | null {
  return value === null || value > 100 ? null : value / 100
}

function memoryUse(nvml: NvmlBinding, device: bigint) {
  const v2 = nvml.structure('nvmlDeviceGetMemoryInfo_v2', 40, 40 | (2 << 24), device)
  if (v2 !== null) {
    return {
      memoryFreeBytes: exact(v2.getBigUint64(24, true)),
      memoryUsedBytes: exact(v2.getBigUint64(32, true)),
    }
  }
  const v1 = nvml.structure('nvmlDeviceGetMemoryInfo', 24, null, device)
  return {
    memoryFreeBytes: v1 === null ? null : exact(v1.getBigUint64(8, true)),
    memoryUsedBytes: v1 === null ? null : exact(v1.getBigUint64(16, true)),
  }
}

/** Bits of nvmlClocksEventReasons, in the words of nvidia-smi. */
const reasons = [
  'gpu-idle',
  'applications-clocks-setting',
  'sw-power-cap',
  'hw-slowdown',
  'sync-boost',
  'sw-thermal-slowdown',
  'hw-thermal-slowdown',
  'hw-power-brake-slowdown',
  'display-clocks-setting',
] as const

/** The call has a new name since driver 535. */
function throttleReasons(nvml: NvmlBinding, device: bigint): readonly string[] | null {
  const bits =
    nvml.large('nvmlDeviceGetCurrentClocksEventReasons', device) ??
    nvml.large('nvmlDeviceGetCurrentClocksThrottleReasons', device)
  if (bits === null) return null
  return reasons.filter((_, bit) => (bits & (1 << bit)) !== 0)
}
