import type { SensorsFacts } from '../../../protocol/facts/sensors.ts'
import type { Host } from '../../host.ts'
import { paths } from '../paths.ts'
import { all } from '../probe.ts'
import { attribute, countAttribute, nameAttribute } from '../sysfs.ts'
import { scaledAttribute } from './scaled.ts'

type ThermalZone = SensorsFacts['thermalZones'][number]

const milli = 1000

/** A zone of kernel document sysfs-class-thermal. */
export async function readThermalZone(host: Host, name: string): Promise<ThermalZone> {
  const folder = `${paths.thermal}/${name}`
  const [type, temperatureCelsius, mode, policy, files] = await Promise.all([
    nameAttribute(host, `${folder}/type`),
    scaledAttribute(host, `${folder}/temp`, milli),
    attribute(host, `${folder}/mode`),
    nameAttribute(host, `${folder}/policy`),
    host.list(folder),
  ])
  const numbers = files
    .flatMap((file) => /^trip_point_(\d{1,3})_temp$/.exec(file)?.[1] ?? [])
    .toSorted((a, b) => Number(a) - Number(b))
  const trips = await all(numbers, (number) => tripOf(host, `${folder}/trip_point_${number}`))
  return {
    name,
    type,
    temperatureCelsius,
    enabled: mode === 'enabled' ? true : mode === 'disabled' ? false : null,
    policy,
    trips: trips.flat(),
  }
}

async function tripOf(host: Host, start: string): Promise<ThermalZone['trips']> {
  const [type, temperatureCelsius, hysteresisCelsius] = await Promise.all([
    nameAttribute(host, `${start}_type`),
    scaledAttribute(host, `${start}_temp`, milli),
    scaledAttribute(host, `${start}_hyst`, milli),
  ])
  return type === null || temperatureCelsius === null
    ? []
    : [{ type, temperatureCelsius, hysteresisCelsius }]
}

/** A fan, or a processor that can be slowed. */
export async function readCoolingDevice(
  host: Host,
  name: string,
): Promise<SensorsFacts['coolingDevices'][number]> {
  const folder = `${paths.thermal}/${name}`
  const [type, state, maxState] = await Promise.all([
    nameAttribute(host, `${folder}/type`),
    countAttribute(host, `${folder}/cur_state`),
    countAttribute(host, `${folder}/max_state`),
  ])
  return { name, type, state, maxState }
}
