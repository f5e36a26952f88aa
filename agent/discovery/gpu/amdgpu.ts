import { emptyManagement, type GpuManagement } from '../../../protocol/facts/gpu-management.ts'
import type { Host } from '../../host.ts'
import { uniqueId } from '../decode/gpu/amd-ids.ts'
import { known, ratioAmount, told, wholeAmount } from '../decode/gpu/amounts.ts'
import { kebab, named } from '../decode/gpu/names.ts'
import { all } from '../probe.ts'
import { attribute, countAttribute } from '../sysfs.ts'

/**
 * What the amdgpu driver shows in the device's folder (kernel documents gpu/amdgpu/driver-misc.rst,
 * thermal.rst, ras.rst); which of the files there are depends on the chip.
 */
export async function readAmdgpu(host: Host, folder: string): Promise<GpuManagement> {
  const value = async (name: string) => told(await attribute(host, `${folder}/${name}`))
  const count = async (name: string) => await countAttribute(host, `${folder}/${name}`)
  const empty = emptyManagement('amdgpu')
  const [compute, memory, replayCount, sensors, used, visibleUsed] = await Promise.all([
    value('current_compute_partition'),
    value('current_memory_partition'),
    count('pcie_replay_count'),
    readSensors(host, folder),
    count('mem_info_vram_used'),
    count('mem_info_vis_vram_used'),
  ])
  const [gpuBusy, memoryBusy] = await Promise.all([
    value('gpu_busy_percent'),
    value('mem_busy_percent'),
  ])
  return {
    ...empty,
    name: await value('product_name'),
    uuid: uniqueId(await value('unique_id')),
    serial: await value('serial_number'),
    boardPartNumber: await value('product_number'),
    fruPartNumber: await value('fru_id'),
    brand: await value('manufacturer'),
    vbiosVersion: await value('vbios_version'),
    firmwareVersions: await firmware(host, `${folder}/fw_version`),
    memorySizeBytes: await count('mem_info_vram_total'),
    memoryVendor: await value('mem_info_vram_vendor'),
    visibleMemorySizeBytes: await count('mem_info_vis_vram_total'),
    link:
      replayCount === null
        ? null
        : {
            maxGeneration: null,
            deviceMaxGeneration: null,
            hostMaxGeneration: null,
            maxLaneWidth: null,
            replayCount,
            replayRolloverCount: null,
          },
    eccErrorsVolatile: await eccErrors(host, `${folder}/ras`),
    partition: compute === null && memory === null ? null : { compute, memory },
    powerLimitsWatts: sensors.powerLimitsWatts,
    temperatureLimitsCelsius: sensors.temperatureLimitsCelsius,
    readings: {
      ...empty.readings,
      ...sensors.readings,
      performanceState: await value('power_dpm_force_performance_level'),
      utilizationRatio: known([
        ['gpu', ratioAmount(`${gpuBusy ?? ''} %`)],
        ['memory', ratioAmount(`${memoryBusy ?? ''} %`)],
      ]),
      memoryUsedBytes: used,
      visibleMemoryUsedBytes: visibleUsed,
    },
  }
}

/** `fw_version/mec_fw_version`, each one number. Zero: the unit has no firmware. */
async function firmware(host: Host, folder: string): Promise<Record<string, string>> {
  const versions = await all(await host.list(folder), async (file) => {
    const version = told(await attribute(host, `${folder}/${file}`))
    const name = kebab(file.replace(/_fw_version$/, ''))
    return version === null || name === '' || /^0x0*$/.test(version)
      ? null
      : ([name, version] as const)
  })
  return Object.fromEntries(versions.filter((one) => one !== null))
}

/** `ras/umc_err_count`: `ue: 0` and `ce: 0`, one file a unit of the chip. */
async function eccErrors(host: Host, folder: string): Promise<Record<string, number>> {
  const files = (await host.list(folder)).filter((file) => file.endsWith('_err_count'))
  const counters = await all(files, async (file) => {
    const text = (await attribute(host, `${folder}/${file}`)) ?? ''
    const unit = kebab(file.replace(/_err_count$/, ''))
    return [
      [`${unit}.uncorrectable`, wholeAmount(/^ue: (\d{1,15})/m.exec(text)?.[1])],
      [`${unit}.correctable`, wholeAmount(/^ce: (\d{1,15})/m.exec(text)?.[1])],
    ] as const
  })
  return { ...named(Object.entries(known(counters.flat()))) }
}

/** The hwmon of the device: temperatures by label, power in microwatts, clocks in hertz. */
async function readSensors(host: Host, folder: string) {
  const [monitor] = await host.list(`${folder}/hwmon`)
  const at = `${folder}/hwmon/${monitor ?? ''}`
  const files = monitor === undefined ? [] : await host.list(at)
  const number = async (file: string) =>
    files.includes(file) ? wholeAmount(await attribute(host, `${at}/${file}`)) : null
  const labelled = async (pattern: RegExp, suffix: string) => {
    const found = await all(
      files.filter((file) => pattern.test(file)),
      async (file) => {
        const stem = file.replace(/_input$/, '')
        const label = (await attribute(host, `${at}/${stem}_label`)) ?? stem
        return [kebab(label), await number(`${stem}${suffix}`)] as const
      },
    )
    return found.filter(([name]) => name !== '')
  }
  const thousandth = ([name, value]: readonly [string, number | null]) =>
    [name, value === null ? null : value / 1000] as const
  const watts = async (file: string) => {
    const microwatts = await number(file)
    return microwatts === null ? null : microwatts / 1e6
  }
  const [average, instant] = [await watts('power1_average'), await watts('power1_input')]
  const temperature = /^temp\d{1,2}_input$/
  return {
    powerLimitsWatts: known([
      ['limit', await watts('power1_cap')],
      ['default', await watts('power1_cap_default')],
      ['min', await watts('power1_cap_min')],
      ['max', await watts('power1_cap_max')],
    ]),
    temperatureLimitsCelsius: known((await labelled(temperature, '_crit')).map(thousandth)),
    readings: {
      temperaturesCelsius: known((await labelled(temperature, '_input')).map(thousandth)),
      clocksHz: known(await labelled(/^freq\d{1,2}_input$/, '_input')),
      powerWatts: average,
      instantPowerWatts: instant,
      voltageMillivolts: await number('in0_input'),
    },
  }
}
