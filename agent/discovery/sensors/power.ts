import type { SensorsFacts } from '../../../protocol/facts/sensors.ts'
import type { Host } from '../../host.ts'
import { deviceText } from '../decode/device-text.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute, countAttribute, flagAttribute, nameAttribute } from '../sysfs.ts'
import { scaledAttribute } from './scaled.ts'

type PowerSupply = SensorsFacts['powerSupplies'][number]
type PowerZone = SensorsFacts['powerZones'][number]

const micro = 1_000_000
const tenth = 10

/** Millionths of volts, amperes, watts, watt hours and ampere hours; tenths of a degree. */
const electrical =
  /^(voltage|current|power|energy|charge)_[a-z_]{1,32}$|^temp(?:_[a-z_]{1,32})?$|^(?:input_current|input_voltage|constant_charge_(?:current|voltage)\w*)[a-z_]*$/
/** Thresholds in percent, and words. */
const noAmount = /_threshold$|_type$|_behaviour$|_types$|_counter$/

/** A supply, kernel document sysfs-class-power. */
export async function readPowerSupply(host: Host, name: string): Promise<PowerSupply> {
  const folder = `${paths.powerSupply}/${name}`
  const names = (await host.list(folder)).filter(
    (file) => electrical.test(file) && !noAmount.test(file),
  )
  const text = async (file: string) => deviceText(await attribute(host, `${folder}/${file}`))
  const [type, status, technology, capacityLevel, health, manufacturer, model, serial] = await all(
    [
      'type',
      'status',
      'technology',
      'capacity_level',
      'health',
      'manufacturer',
      'model_name',
      'serial_number',
    ],
    text,
  )
  const [online, present, capacityPercent, cycleCount] = await Promise.all([
    // 2 is a programmable voltage: on as well.
    countAttribute(host, `${folder}/online`),
    flagAttribute(host, `${folder}/present`),
    countAttribute(host, `${folder}/capacity`),
    countAttribute(host, `${folder}/cycle_count`),
  ])
  const amounts = await all(names, async (file) => {
    const value = await scaledAttribute(
      host,
      `${folder}/${file}`,
      file.startsWith('temp') ? tenth : micro,
    )
    return value === null ? [] : [[file, value] as const]
  })
  return {
    name,
    type: type ?? null,
    status: status ?? null,
    technology: technology ?? null,
    capacityLevel: capacityLevel ?? null,
    health: health ?? null,
    manufacturer: manufacturer ?? null,
    model: model ?? null,
    serial: serial ?? null,
    online: online === null ? null : online > 0,
    present,
    capacityPercent,
    cycleCount,
    values: Object.fromEntries(amounts.flat()),
  }
}

/** A zone of the processor's power, kernel document powercap/powercap. */
export async function readPowerZone(host: Host, zone: string): Promise<PowerZone> {
  const folder = `${paths.powercap}/${zone}`
  const [name, energyJoules, energyRangeJoules, enabled, files] = await Promise.all([
    nameAttribute(host, `${folder}/name`),
    microCount(host, `${folder}/energy_uj`),
    microCount(host, `${folder}/max_energy_range_uj`),
    flagAttribute(host, `${folder}/enabled`),
    host.list(folder),
  ])
  const numbers = files.flatMap((file) => /^constraint_(\d)_name$/.exec(file)?.[1] ?? [])
  const constraints = await all(numbers, async (number) => {
    const start = `${folder}/constraint_${number}`
    const [constraint, limitWatts, maxWatts, windowSeconds] = await Promise.all([
      nameAttribute(host, `${start}_name`),
      microCount(host, `${start}_power_limit_uw`),
      microCount(host, `${start}_max_power_uw`),
      microCount(host, `${start}_time_window_us`),
    ])
    return { name: constraint, limitWatts, maxWatts, windowSeconds }
  })
  return { zone, name, energyJoules, energyRangeJoules, enabled, constraints }
}

/** Joules, watts or seconds of a count of millionths, which is never below 0. */
async function microCount(host: Host, path: string): Promise<number | null> {
  const count = await countAttribute(host, path)
  return count === null ? null : count / micro
}
