import type { GpuImport } from '../../../protocol/facts/gpu-import.ts'

type Gpu = GpuImport['gpus'][number]
type Print = (gpu: Gpu) => string | null

/** How nvidia-smi would print what we hold at `path`; undefined for what we do not hold. */
export function nvidiaFields(path: string): Print | undefined {
  const fixed = fields.get(path)
  if (fixed !== undefined) return fixed
  for (const [pattern, make] of patterns) {
    const found = pattern.exec(path)
    if (found !== null) return make(found[1] ?? '', found[2] ?? '')
  }
  return undefined
}

type Value = number | null | undefined

function printed(value: Value, print: (value: number) => string): string | null {
  return value === null || value === undefined ? null : print(value)
}
const whole = (value: Value) => printed(value, String)
const mebibytes = (value: Value) => printed(value, (bytes) => `${bytes / 2 ** 20} MiB`)
const watts = (value: Value) => printed(value, (number) => `${number.toFixed(2)} W`)
const celsius = (value: Value) => printed(value, (number) => `${number} C`)
const megahertz = (value: Value) => printed(value, (hertz) => `${hertz / 1e6} MHz`)
const percent = (value: Value) => printed(value, (ratio) => `${Math.round(ratio * 100)} %`)
const lanes = (value: Value) => printed(value, (width) => `${width}x`)
const kilobytes = (value: Value) => printed(value, (bytes) => `${bytes / 1000} KB/s`)

function switched(value: boolean | null | undefined, on = 'Enabled', off = 'Disabled') {
  return value === null || value === undefined ? null : value ? on : off
}

const yesNo = (value: boolean | null | undefined) => switched(value, 'Yes', 'No')

function ids(device: string | null, vendor: string | null): string | null {
  return device === null || vendor === null ? null : `${device}${vendor}`.toUpperCase()
}

/** `0000:06:00.0` in nvidia-smi's own way. */
function busId(address: string | null): string | null {
  return address === null
    ? null
    : address.replace(/^[^:]+/, (domain) => domain.padStart(8, '0')).toUpperCase()
}

const fields: ReadonlyMap<string, Print> = new Map<string, Print>([
  ['product_name', ({ management }) => management.name],
  ['product_brand', ({ management }) => management.brand],
  ['product_architecture', ({ management }) => management.architecture],
  ['persistence_mode', ({ management }) => switched(management.persistence)],
  ['mig_mode.current_mig', ({ management }) => switched(management.mig?.enabled)],
  ['mig_mode.pending_mig', ({ management }) => switched(management.mig?.pendingEnabled)],
  ['serial', ({ management }) => management.serial],
  ['uuid', ({ management }) => management.uuid],
  ['minor_number', ({ management }) => whole(management.minorNumber)],
  ['vbios_version', ({ management }) => management.vbiosVersion],
  ['board_id', ({ management }) => management.boardId],
  ['board_part_number', ({ management }) => management.boardPartNumber],
  ['gpu_part_number', ({ management }) => management.gpuPartNumber],
  ['gpu_fru_part_number', ({ management }) => management.fruPartNumber],
  ['gpu_module_id', ({ management }) => whole(management.moduleId)],
  ['platformInfo.module_id', ({ management }) => whole(management.moduleId)],
  ['gsp_firmware_version', ({ management }) => management.firmwareVersions['gsp'] ?? null],
  [
    'gpu_virtualization_mode.virtualization_mode',
    ({ management }) => management.virtualizationMode,
  ],
  ['pci.pci_bus', ({ address }) => address?.split(':')[1]?.toUpperCase() ?? null],
  ['pci.pci_device', ({ address }) => address?.split(/[:.]/)[2]?.toUpperCase() ?? null],
  ['pci.pci_domain', ({ address }) => address?.split(':')[0]?.toUpperCase() ?? null],
  ['pci.pci_device_id', ({ deviceId, vendorId }) => ids(deviceId, vendorId)],
  ['pci.pci_bus_id', ({ address }) => busId(address)],
  [
    'pci.pci_sub_system_id',
    ({ subsystemDeviceId, subsystemVendorId }) => ids(subsystemDeviceId, subsystemVendorId),
  ],
  [
    'pci.pci_gpu_link_info.pcie_gen.max_link_gen',
    ({ management }) => whole(management.link?.maxGeneration),
  ],
  [
    'pci.pci_gpu_link_info.pcie_gen.max_device_link_gen',
    ({ management }) => whole(management.link?.deviceMaxGeneration),
  ],
  [
    'pci.pci_gpu_link_info.pcie_gen.max_host_link_gen',
    ({ management }) => whole(management.link?.hostMaxGeneration),
  ],
  [
    'pci.pci_gpu_link_info.pcie_gen.current_link_gen',
    ({ management }) => whole(management.readings.linkGeneration),
  ],
  [
    'pci.pci_gpu_link_info.link_widths.max_link_width',
    ({ management }) => lanes(management.link?.maxLaneWidth),
  ],
  [
    'pci.pci_gpu_link_info.link_widths.current_link_width',
    ({ management }) => lanes(management.readings.linkLaneWidth),
  ],
  ['pci.replay_counter', ({ management }) => whole(management.link?.replayCount)],
  ['pci.replay_rollover_counter', ({ management }) => whole(management.link?.replayRolloverCount)],
  ['pci.tx_util', ({ management }) => kilobytes(management.readings.sentBytesPerSecond)],
  ['pci.rx_util', ({ management }) => kilobytes(management.readings.receivedBytesPerSecond)],
  ['fan_speed', ({ management }) => percent(management.readings.fanRatio)],
  ['performance_state', ({ management }) => management.readings.performanceState],
  ['fb_memory_usage.total', ({ management }) => mebibytes(management.memorySizeBytes)],
  ['fb_memory_usage.reserved', ({ management }) => mebibytes(management.memoryReservedBytes)],
  ['fb_memory_usage.used', ({ management }) => mebibytes(management.readings.memoryUsedBytes)],
  ['fb_memory_usage.free', ({ management }) => mebibytes(management.readings.memoryFreeBytes)],
  ['bar1_memory_usage.total', ({ management }) => mebibytes(management.visibleMemorySizeBytes)],
  [
    'bar1_memory_usage.used',
    ({ management }) => mebibytes(management.readings.visibleMemoryUsedBytes),
  ],
  ['compute_mode', ({ management }) => management.computeMode],
  ['ecc_mode.current_ecc', ({ management }) => switched(management.ecc?.enabled)],
  ['ecc_mode.pending_ecc', ({ management }) => switched(management.ecc?.pendingEnabled)],
  [
    'retired_pages.multiple_single_bit_retirement.retired_count',
    ({ management }) => whole(management.retiredPages?.singleBitCount),
  ],
  [
    'retired_pages.double_bit_retirement.retired_count',
    ({ management }) => whole(management.retiredPages?.doubleBitCount),
  ],
  ['retired_pages.pending_retirement', ({ management }) => yesNo(management.retiredPages?.pending)],
  [
    'remapped_rows.remapped_row_corr',
    ({ management }) => whole(management.remappedRows?.correctableCount),
  ],
  [
    'remapped_rows.remapped_row_unc',
    ({ management }) => whole(management.remappedRows?.uncorrectableCount),
  ],
  [
    'remapped_rows.remapped_row_pending',
    ({ management }) => yesNo(management.remappedRows?.pending),
  ],
  [
    'remapped_rows.remapped_row_failure',
    ({ management }) => yesNo(management.remappedRows?.failed),
  ],
  [
    'temperature.gpu_temp',
    ({ management }) => celsius(management.readings.temperaturesCelsius['gpu']),
  ],
  [
    'temperature.gpu_temp_tlimit',
    ({ management }) => celsius(management.readings.temperaturesCelsius['gpu-tlimit']),
  ],
  [
    'temperature.memory_temp',
    ({ management }) => celsius(management.readings.temperaturesCelsius['memory']),
  ],
  [
    'temperature.gpu_target_temperature',
    ({ management }) => celsius(management.temperatureLimitsCelsius['target-temperature']),
  ],
  ['gpu_reset_status.reset_required', ({ management }) => yesNo(management.resetRequired)],
  ['fabric.cliqueId', ({ management }) => whole(management.fabric?.cliqueId)],
  ['fabric.clusterUuid', ({ management }) => management.fabric?.clusterUuid ?? null],
])

const inforom: Readonly<Record<string, string>> = {
  img_version: 'inforom-image',
  oem_object: 'inforom-oem',
  ecc_object: 'inforom-ecc',
  pwr_object: 'inforom-power',
}

const dashed = (name: string) => name.replaceAll('_', '-')

const patterns: readonly (readonly [RegExp, (a: string, b: string) => Print])[] = [
  [
    /^inforom_version\.(\w+)$/,
    (name) =>
      ({ management }) =>
        management.firmwareVersions[inforom[name] ?? ''] ?? null,
  ],
  [
    /^utilization\.(\w+)_util$/,
    (name) =>
      ({ management }) =>
        percent(management.readings.utilizationRatio[name]),
  ],
  [
    /^clocks\.(\w+)_clock$/,
    (name) =>
      ({ management }) =>
        megahertz(management.readings.clocksHz[name]),
  ],
  [
    /^max_clocks\.(\w+)_clock$/,
    (name) =>
      ({ management }) =>
        megahertz(management.maxClocksHz[name]),
  ],
  [
    /^applications_clocks\.(\w+)_clock$/,
    (name) =>
      ({ management }) =>
        megahertz(management.applicationClocksHz[name]),
  ],
  [
    /^default_applications_clocks\.(\w+)_clock$/,
    (name) =>
      ({ management }) =>
        megahertz(management.defaultApplicationClocksHz[name]),
  ],
  [
    /^temperature\.gpu_temp_(\w+)_threshold$/,
    (name) =>
      ({ management }) =>
        celsius(management.temperatureLimitsCelsius[dashed(name)]),
  ],
  [
    /^supported_gpu_target_temp\.gpu_(\w+)$/,
    (name) =>
      ({ management }) =>
        celsius(management.temperatureLimitsCelsius[dashed(name)]),
  ],
  [
    /^(?:gpu_)?power_readings\.(?:average_)?power_draw$/,
    () =>
      ({ management }) =>
        watts(management.readings.powerWatts),
  ],
  [
    /^gpu_power_readings\.instant_power_draw$/,
    () =>
      ({ management }) =>
        watts(management.readings.instantPowerWatts),
  ],
  [
    /^(?:gpu_)?power_readings\.(?:current_)?power_limit$/,
    () =>
      ({ management }) =>
        watts(management.powerLimitsWatts['limit']),
  ],
  [
    /^(?:gpu_)?power_readings\.(\w+)_power_limit$/,
    (name) =>
      ({ management }) =>
        watts(management.powerLimitsWatts[name]),
  ],
  [
    /^(encoder|fbc)_stats\.session_count$/,
    (engine) => (gpu) => whole(sessionsOf(gpu, engine)?.count),
  ],
  [
    /^(encoder|fbc)_stats\.average_fps$/,
    (engine) => (gpu) => whole(sessionsOf(gpu, engine)?.averageFramesPerSecond),
  ],
  [
    /^(encoder|fbc)_stats\.average_latency$/,
    (engine) => (gpu) => whole(sessionsOf(gpu, engine)?.averageLatencyMicroseconds),
  ],
  [
    /^clocks_(?:event|throttle)_reasons\.clocks_(?:event|throttle)_reason_(\w+)$/,
    (name) =>
      ({ management }) =>
        switched(
          management.readings.throttleReasons?.includes(dashed(name)),
          'Active',
          'Not Active',
        ),
  ],
  [
    /^ecc_errors\.(volatile|aggregate)\.(\w+(?:\.\w+)?)$/,
    (period, name) =>
      ({ management }) =>
        whole(
          (period === 'volatile' ? management.eccErrorsVolatile : management.eccErrorsAggregate)[
            dashed(name)
          ],
        ),
  ],
  [
    /^ecc_errors\.aggregate_uncorrectable_sram_sources\.(\w+)$/,
    (name) =>
      ({ management }) =>
        whole(management.eccErrorsAggregate[`source.${dashed(name)}`]),
  ],
  [
    /^remapped_rows\.row_remapper_histogram\.row_remapper_histogram_(\w+)$/,
    (name) =>
      ({ management }) =>
        printed(management.remappedRows?.banks[name], (banks) => `${banks} bank(s)`),
  ],
  [
    /^mig_devices\.mig_device(?:\[(\d+)\])?\.index$/,
    (index) => (gpu) => whole(migAt(gpu, index)?.index),
  ],
  [
    /^mig_devices\.mig_device(?:\[(\d+)\])?\.gpu_instance_id$/,
    (index) => (gpu) => whole(migAt(gpu, index)?.gpuInstanceId),
  ],
  [
    /^mig_devices\.mig_device(?:\[(\d+)\])?\.compute_instance_id$/,
    (index) => (gpu) => whole(migAt(gpu, index)?.computeInstanceId),
  ],
  [
    /^mig_devices\.mig_device(?:\[(\d+)\])?\.fb_memory_usage\.total$/,
    (index) => (gpu) => mebibytes(migAt(gpu, index)?.memorySizeBytes),
  ],
  [
    /^mig_devices\.mig_device(?:\[(\d+)\])?\.device_attributes\.shared\.multiprocessor_count$/,
    (index) => (gpu) => whole(migAt(gpu, index)?.multiprocessorCount),
  ],
]

function sessionsOf({ management }: Gpu, engine: string) {
  return engine === 'encoder' ? management.readings.encoder : management.readings.frameCapture
}

function migAt({ management }: Gpu, index: string) {
  return management.mig?.devices[index === '' ? 0 : Number(index)]
}
