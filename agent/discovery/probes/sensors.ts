import type { Finding } from '../../../protocol/facts/finding.ts'
import type { SensorsFacts } from '../../../protocol/facts/sensors.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { paths } from '../paths.ts'
import type { Probe } from '../probe.ts'
import { readChip } from '../sensors/chip.ts'
import { readCoolingDevice, readThermalZone } from '../sensors/thermal.ts'
import { readPowerSupply, readPowerZone } from '../sensors/power.ts'

/** Kernel documents sysfs-class-hwmon, sysfs-class-thermal, sysfs-class-power, powercap. */
export const sensorsProbe: Probe<'sensors'> = {
  class: 'sensors',
  async read(host) {
    const thermal = await host.list(paths.thermal)
    const [chips, zones, cooling, supplies, power] = await Promise.all([
      attemptEach('sensors', ordered(await host.list(paths.hwmon), /^hwmon\d+$/), (name) =>
        readChip(host, name),
      ),
      attemptEach('sensors', ordered(thermal, /^thermal_zone\d+$/), (name) =>
        readThermalZone(host, name),
      ),
      attemptEach('sensors', ordered(thermal, /^cooling_device\d+$/), (name) =>
        readCoolingDevice(host, name),
      ),
      attemptEach('sensors', await host.list(paths.powerSupply), (name) =>
        readPowerSupply(host, name),
      ),
      attemptEach('sensors', await powerZones(host), (name) => readPowerZone(host, name)),
    ])
    const facts: SensorsFacts = {
      chips: chips.found.map(({ chip }) => chip),
      thermalZones: zones.found,
      coolingDevices: cooling.found,
      powerSupplies: supplies.found,
      powerZones: power.found,
    }
    const unread = chips.found.flatMap(({ findings }) => findings)
    const failed = [chips, zones, cooling, supplies, power].flatMap(({ findings }) => findings)
    return { facts, findings: summarized([...unread, ...failed]) }
  },
}

/** By number: `hwmon10` after `hwmon9`. */
function ordered(names: readonly string[], pattern: RegExp): readonly string[] {
  const number = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 0)
  return names.filter((name) => pattern.test(name)).toSorted((a, b) => number(a) - number(b))
}

/** Zones have a number; the control type above them (`intel-rapl`) has no reading. */
async function powerZones(host: Host): Promise<readonly string[]> {
  return (await host.list(paths.powercap)).filter((name) => /^[\w-]+:\d+(:\d+)*$/.test(name))
}

/** A rack of disks that sleep shall not crowd out what else is found. */
const maxFindings = 32

/** A sensor that gives no reading is no fault of the machine: modules sleep, slots are empty. */
function summarized(findings: readonly Finding[]): readonly Finding[] {
  const notes = findings.map((one): Finding => ({ ...one, severity: 'info' }))
  if (notes.length <= maxFindings) return notes
  const left = notes.length - maxFindings
  const message = `${left} more sensors and devices like them cannot be read`
  const more: Finding = { code: 'sensors.unread', severity: 'info', subject: 'sensors', message }
  return [...notes.slice(0, maxFindings), more]
}
