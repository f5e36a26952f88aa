import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Sensor, SensorsFacts } from '../../../protocol/facts/sensors.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import { decodeSensor, hwmonFile, type HwmonFile } from '../decode/hwmon.ts'
import { paths } from '../paths.ts'
import { attribute, nameAttribute, pciAddressesIn, resolveLink } from '../sysfs.ts'

type Chip = SensorsFacts['chips'][number]

/** A chip, and its sensors that could not be read. */
export interface ChipReading {
  readonly chip: Chip
  readonly findings: readonly Finding[]
}

/** One chip; null where it has neither a name nor a sensor. */
export async function readChip(host: Host, name: string): Promise<ChipReading | null> {
  const folder = `${paths.hwmon}/${name}`
  const [own, device, files, driverName, oldName] = await Promise.all([
    host.link(folder),
    host.link(`${folder}/device`),
    filesOf(host, folder),
    nameAttribute(host, `${folder}/name`),
    nameAttribute(host, `${folder}/device/name`),
  ])
  const place = resolveLink(paths.hwmon, own ?? name)
  const devicePlace = device === undefined ? null : resolveLink(place, device)
  const { found, findings } = await attemptEach(
    'sensors',
    [...files].map(([sensor, parts]) => ({ name: `${name} ${sensor}`, sensor, parts })),
    ({ sensor, parts }) => readSensor(host, sensor, parts),
  )
  const isEmpty = found.length === 0 && findings.length === 0
  if (driverName === null && oldName === null && isEmpty) return null
  const chip = {
    name,
    chip: deviceText(driverName ?? oldName),
    device: deviceText(devicePlace?.split('/').slice(-2).join('/').slice(0, 129)),
    pciAddress: pciAddressesIn(devicePlace ?? place).at(-1) ?? null,
    sensors: found,
  }
  return { chip, findings }
}

interface SensorFile extends HwmonFile {
  readonly path: string
}

/** Files by sensor. Drivers before Linux 3.13 keep them at the device; the chip's own come first. */
async function filesOf(
  host: Host,
  folder: string,
): Promise<ReadonlyMap<string, readonly SensorFile[]>> {
  const bySensor = new Map<string, Map<string, SensorFile>>()
  for (const place of [`${folder}/device`, folder]) {
    for (const name of await host.list(place)) {
      const file = hwmonFile(name)
      if (file === null) continue
      const files = bySensor.get(file.sensor) ?? new Map<string, SensorFile>()
      files.set(file.attribute, { ...file, path: `${place}/${name}` })
      bySensor.set(file.sensor, files)
    }
  }
  const sensors = [...bySensor].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return new Map(sensors.map(([sensor, files]) => [sensor, [...files.values()]]))
}

async function readSensor(
  host: Host,
  sensor: string,
  files: readonly SensorFile[],
): Promise<Sensor | null> {
  const [first] = files
  if (first === undefined) return null
  const texts = new Map<string, string>()
  await Promise.all(
    files.map(async (file) => {
      const text = await attribute(host, file.path)
      if (text !== null) texts.set(file.attribute, text)
    }),
  )
  const inOrder = new Map([...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const decoded = decodeSensor(sensor, first.kind, inOrder)
  return { ...decoded, label: deviceText(texts.get('label')) }
}
