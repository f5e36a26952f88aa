import { DecodeError } from '../../../../protocol/errors.ts'
import type { GpuImport } from '../../../../protocol/facts/gpu-import.ts'
import { emptyManagement, type GpuManagement } from '../../../../protocol/facts/gpu-management.ts'
import {
  kernelAddress,
  known,
  positiveAmount,
  ratioAmount,
  told,
  toldIdentity,
  wholeAmount,
} from './amounts.ts'
import { hexId, uniqueId } from './amd-ids.ts'
import { isObject, type JsonObject, parseToolJson, textAt, valueAt } from './json-objects.ts'
import { kebab, named } from './names.ts'

const maxGpus = 256

/**
 * `amd-smi static|metric|list|firmware --json`, a list with one object a GPU; ROCm 6.4 and later
 * wrap it in `gpu_data`. What a subcommand does not tell is null.
 */
export function decodeAmdSmi(bytes: Uint8Array): GpuImport {
  const parsed = parseToolJson(bytes, 'amd-smi')
  const list = isObject(parsed) ? parsed['gpu_data'] : parsed
  if (!Array.isArray(list)) throw new DecodeError('Cannot read amd-smi: want a list of GPUs')
  if (list.length > maxGpus) throw new DecodeError(`Cannot take ${list.length} GPUs`)
  const gpus = list.filter((one): one is JsonObject => isObject(one) && 'gpu' in one)
  if (gpus.length === 0) throw new DecodeError('Cannot read amd-smi: it lists no GPU')
  const [first] = gpus
  return {
    driverVersion: told(textAt(first, 'driver.version') ?? textAt(first, 'driver.driver_version')),
    runtimeVersion: null,
    gpus: gpus.map((gpu) => gpuOf(gpu)),
    links: [],
  }
}

function gpuOf(gpu: JsonObject): GpuImport['gpus'][number] {
  const at = (path: string) => textAt(gpu, path)
  return {
    address: kernelAddress(at('bus.bdf') ?? at('bdf')),
    vendorId: hexId(at('asic.vendor_id'), 4),
    deviceId: hexId(at('asic.device_id'), 4),
    subsystemVendorId: hexId(at('asic.subvendor_id'), 4),
    subsystemDeviceId: hexId(at('asic.subsystem_id'), 4),
    revision: hexId(at('asic.rev_id'), 2),
    numaNode: wholeAmount(at('numa.node')),
    management: managementOf(gpu),
  }
}

function firstOf(gpu: JsonObject, paths: readonly string[]): string | null {
  for (const path of paths) {
    const found = textAt(gpu, path)
    if (told(found) !== null) return found
  }
  return null
}

function managementOf(gpu: JsonObject): GpuManagement {
  const at = (...paths: readonly string[]) => firstOf(gpu, paths)
  const empty = emptyManagement('amd-smi')
  const compute = told(at('partition.accelerator_partition', 'partition.compute_partition'))
  const memory = told(at('partition.memory_partition', 'partition.memory_partition.current'))
  const ecc = ['correctable', 'uncorrectable', 'deferred'] as const
  const oam = wholeAmount(at('asic.oam_id'))
  return {
    ...empty,
    index: wholeAmount(at('gpu')),
    name: told(at('board.product_name', 'asic.market_name')),
    brand: told(at('board.manufacturer_name', 'asic.vendor_name')),
    architecture: told(at('asic.target_graphics_version')),
    uuid: uniqueId(at('asic.asic_serial')) ?? told(at('uuid')),
    serial: toldIdentity(at('board.product_serial')),
    boardPartNumber: toldIdentity(at('board.model_number')),
    fruPartNumber: toldIdentity(at('board.fru_id')),
    moduleId: oam,
    vbiosVersion: told(
      at('vbios.part_number', 'ifwi.part_number', 'vbios.version', 'ifwi.version'),
    ),
    firmwareVersions: firmware(gpu),
    memorySizeBytes: memoryBytes(at('vram.size', 'mem_usage.total_vram')),
    memoryVendor: told(at('vram.vendor')),
    visibleMemorySizeBytes: memoryBytes(at('mem_usage.total_visible_vram')),
    link: linkOf(gpu),
    eccErrorsVolatile: named(
      ecc.flatMap((kind) => {
        const count = wholeAmount(at(`ecc.total_${kind}_count`))
        return count === null ? [] : [[`total-${kind}`, count] as const]
      }),
    ),
    partition: compute === null && memory === null ? null : { compute, memory },
    powerLimitsWatts: known([
      ['limit', positiveAmount(at('limit.socket_power', 'limit.ppt0.socket_power_limit'))],
      ['max', positiveAmount(at('limit.max_power', 'limit.ppt0.max_power_limit'))],
      ['min', positiveAmount(at('limit.min_power', 'limit.ppt0.min_power_limit'))],
    ]),
    maxClocksHz: clocks(gpu, 'max_clk'),
    temperatureLimitsCelsius: temperatureLimits(gpu),
    readings: readingsOf(gpu, empty.readings),
  }
}

/** amd-smi writes MB where it counts 1,048,576 bytes (amdsmi.h: `vram_size` in MB). */
function memoryBytes(text: string | null): number | null {
  return wholeAmount(text?.replace(/ MB$/, ' MiB').replace(/ GB$/, ' GiB'))
}

function linkOf(gpu: JsonObject): GpuManagement['link'] {
  const number = (path: string) => wholeAmount(textAt(gpu, path))
  const [, generation] = /Gen (\d)/.exec(textAt(gpu, 'bus.pcie_interface_version') ?? '') ?? []
  const link = {
    maxGeneration: generation === undefined ? null : Number(generation),
    deviceMaxGeneration: null,
    hostMaxGeneration: null,
    maxLaneWidth: number('bus.max_pcie_width'),
    replayCount: number('pcie.replay_count'),
    replayRolloverCount: number('pcie.replay_roll_over_count'),
  }
  return Object.values(link).every((value) => value === null) ? null : link
}

function firmware(gpu: JsonObject): Record<string, string> {
  const list = valueAt(gpu, 'fw_list')
  if (!Array.isArray(list)) return {}
  if (list.length > 96) throw new DecodeError(`Cannot take ${list.length} firmware versions`)
  return known(
    list
      .map((one) => [kebab(textAt(one, 'fw_id') ?? ''), told(textAt(one, 'fw_version'))] as const)
      .filter(([name]) => name !== ''),
  )
}

/** `gfx_0: { clk: { value, unit } }` -> `gfx-0`. */
function clocks(gpu: JsonObject, field: 'clk' | 'max_clk'): Record<string, number> {
  const group = valueAt(gpu, 'clock')
  if (!isObject(group)) return {}
  const found = Object.keys(group).map(
    (name) => [kebab(name), positiveAmount(textAt(group, `${name}.${field}`))] as const,
  )
  return { ...named(Object.entries(known(found.filter(([name]) => name !== '')))) }
}

function temperatureLimits(gpu: JsonObject): Record<string, number> {
  const group = valueAt(gpu, 'limit')
  if (!isObject(group)) return {}
  const found = Object.keys(group).flatMap((key) => {
    const [, kind, sensor] = /^(slowdown|shutdown)_(\w{1,32})_temperature$/.exec(key) ?? []
    const value = positiveAmount(textAt(group, key))
    const name = kebab(`${kind}-${sensor}`)
    return kind === undefined || value === null || name === '' ? [] : [[name, value] as const]
  })
  return { ...named(found) }
}

function readingsOf(gpu: JsonObject, empty: GpuManagement['readings']): GpuManagement['readings'] {
  const at = (...paths: readonly string[]) => firstOf(gpu, paths)
  const heat = valueAt(gpu, 'temperature')
  const sensors = isObject(heat) ? Object.keys(heat) : []
  return {
    ...empty,
    performanceState: told(at('perf_level')),
    clocksHz: clocks(gpu, 'clk'),
    temperaturesCelsius: named(
      sensors.flatMap((name) => {
        const value = positiveAmount(textAt(heat, name))
        return value === null || kebab(name) === '' ? [] : [[kebab(name), value] as const]
      }),
    ),
    powerWatts: positiveAmount(at('power.average_socket_power', 'power.socket_power')),
    instantPowerWatts: positiveAmount(at('power.current_socket_power')),
    fanRatio: ratioAmount(at('fan.usage')),
    utilizationRatio: known([
      ['gpu', ratioAmount(at('usage.gfx_activity'))],
      ['memory', ratioAmount(at('usage.umc_activity'))],
      ['multimedia', ratioAmount(at('usage.mm_activity'))],
    ]),
    memoryUsedBytes: memoryBytes(at('mem_usage.used_vram')),
    memoryFreeBytes: memoryBytes(at('mem_usage.free_vram')),
    visibleMemoryUsedBytes: memoryBytes(at('mem_usage.used_visible_vram')),
    linkLaneWidth: wholeAmount(at('pcie.width')),
    voltageMillivolts: wholeAmount(at('power.gfx_voltage')),
  }
}
