import { readFile } from 'node:fs/promises'
import { sensorsProbe } from '../../agent/discovery/probes/sensors.ts'
import { rootedHost } from '../../agent/host.ts'
import type { Sensor, SensorsFacts } from '../../protocol/facts/sensors.ts'
import { corpusPath } from './corpus.ts'
import { type Metric, parseMetrics } from './prometheus.ts'
import type { Comparison, Scorer } from './scorer.ts'
import { unpackedTtar } from './ttar.ts'

const folder = 'node_exporter'
const metricNames = /^node_(hwmon|thermal_zone|cooling_device|power_supply|rapl)_/

/** Sensors, thermal zones, supplies and power zones beside the metrics made of the same files. */
export const hwmonScorer: Scorer = {
  source: 'hwmon',
  peer: 'node_exporter (golden output of its own tests)',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    await using files = await unpackedTtar(folder, 'sys.ttar')
    const { facts } = await sensorsProbe.read(rootedHost(files.root))
    const text = await readFile(corpusPath(folder, 'e2e-output.txt'), 'utf8')
    const theirs = parseMetrics(text).filter(({ name }) => metricNames.test(name))
    const ours = metricsOf(facts)
    const comparisons: Comparison[] = []
    for (const metric of theirs) {
      const field = keyOf(metric.name, metric.labels)
      const own = ours.get(field)
      comparisons.push({
        machine: folder,
        field,
        ours: own === undefined ? null : textOf(own),
        theirs: textOf(metric.value),
      })
    }
    return { machineCount: 1, comparisons, uncovered: [] }
  },
}

/** Metrics count in binary fractions; twelve digits are what the files can say. */
function textOf(value: number): string {
  return String(Number(value.toPrecision(12)))
}

function keyOf(name: string, labels: Metric['labels']): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${name} ${pairs.map(([key, value]) => `${key}=${value}`).join(' ')}`
}

type Emit = (name: string, labels: Metric['labels'], value: number | null) => void

/** The facts as node_exporter prints them. */
function metricsOf(facts: SensorsFacts): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const emit: Emit = (name, labels, value) => {
    if (value !== null) found.set(keyOf(`node_${name}`, labels), value)
  }
  for (const chip of facts.chips) emitChip(chip, facts.chips, emit)
  for (const zone of facts.thermalZones) {
    const labels = { type: zone.type ?? '', zone: zone.name.replace('thermal_zone', '') }
    emit('thermal_zone_temp', labels, zone.temperatureCelsius)
  }
  for (const device of facts.coolingDevices) {
    const labels = { name: device.name.replace('cooling_device', ''), type: device.type ?? '' }
    emit('cooling_device_cur_state', labels, device.state)
    emit('cooling_device_max_state', labels, device.maxState)
  }
  for (const supply of facts.powerSupplies) emitSupply(supply, emit)
  for (const zone of facts.powerZones) {
    const [, index = '', part] = /:(\d+)(?::(\d+))?$/.exec(zone.zone) ?? []
    const name = (zone.name ?? '').replace(/-\d+$/, '')
    const path = `collector/fixtures/sys/class/powercap/${zone.zone}`
    emit(`rapl_${name}_joules_total`, { index: part ?? index, path }, zone.energyJoules)
  }
  return found
}

type Chip = SensorsFacts['chips'][number]

function emitChip(chip: Chip, chips: readonly Chip[], emit: Emit): void {
  const label = chipLabel(chip, chips)
  if (chip.chip !== null) emit('hwmon_chip_names', { chip: label, chip_name: clean(chip.chip) }, 1)
  for (const sensor of chip.sensors) {
    if (sensor.label !== null) {
      emit('hwmon_sensor_label', { chip: label, label: sensor.label, sensor: sensor.name }, 1)
    }
    // Of frequencies alone the label is the name.
    const name = sensor.name.startsWith('freq') ? (sensor.label ?? sensor.name) : sensor.name
    emitSensor(sensor, { chip: label, sensor: name }, emit)
  }
}

/** By the device; with the chip's name where a device has several chips. */
function chipLabel(chip: Chip, chips: readonly Chip[]): string {
  if (chip.device === null) return clean(chip.chip ?? chip.name)
  const label = chip.device.split('/').map(clean).join('_')
  const isAlone = chips.filter((one) => one.device === chip.device).length === 1
  return isAlone || chip.chip === null ? label : `${label}_${clean(chip.chip)}`
}

function clean(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9:_]/g, '_')
    .replaceAll(/^_+|_+$/g, '')
}

/** What node_exporter puts behind the names of a kind, and by what it divides the kernel's number. */
const units: Readonly<Record<string, readonly [suffix: string, divisor: number]>> = {
  temp: ['_celsius', 1000],
  in: ['_volts', 1000],
  curr: ['_amps', 1000],
  power: ['_watt', 1_000_000],
  energy: ['_joule_total', 1_000_000],
}

function emitSensor(
  { name: sensor, values, states }: Sensor,
  labels: Metric['labels'],
  emit: Emit,
) {
  const kind = sensor.replace(/\d+$/, '')
  const start = `hwmon_${kind}`
  const [suffix, divisor] = units[kind] ?? ['', 1]
  for (const [attribute, value] of Object.entries(values)) {
    const name = attribute === 'input' ? start : `${start}_${attribute}`
    if (kind === 'fan') emit(`${name}_rpm`, labels, value)
    else if (kind === 'freq') emit('hwmon_freq_freq_mhz', labels, value / 1_000_000)
    else if (kind === 'humidity') emit(name, labels, value / 1000)
    else emit(`${name}${suffix}`, labels, value)
  }
  for (const [attribute, state] of Object.entries(states)) {
    const value = Number(state)
    if (attribute === 'beep') emit(`${start}_beep_enabled`, labels, value)
    else if (/^(alarm|fault)$/.test(attribute) || (kind === 'temp' && attribute === 'type')) {
      emit(`${start}_${attribute}`, labels, value)
    } else emit(`${start}_${attribute}${suffix}`, labels, value / divisor)
  }
}

const supplyNames: Readonly<Record<string, string>> = {
  voltage_now: 'voltage_volt',
  current_now: 'current_ampere',
  power_now: 'power_watt',
  energy_now: 'energy_watthour',
  charge_now: 'charge_ampere',
  temp: 'temp_celsius',
}

function emitSupply(supply: SensorsFacts['powerSupplies'][number], emit: Emit): void {
  const labels = { power_supply: supply.name }
  const flag = (value: boolean | null) => (value === null ? null : Number(value))
  const told = {
    capacity_level: supply.capacityLevel,
    health: supply.health,
    manufacturer: supply.manufacturer,
    model_name: supply.model,
    serial_number: supply.serial,
    status: supply.status,
    technology: supply.technology,
    type: supply.type,
  }
  const info = Object.entries(told).flatMap(([key, value]) =>
    value === null ? [] : [[key, value]],
  )
  emit('power_supply_info', { ...labels, ...Object.fromEntries(info) }, 1)
  emit('power_supply_online', labels, flag(supply.online))
  emit('power_supply_present', labels, flag(supply.present))
  emit('power_supply_capacity', labels, supply.capacityPercent)
  emit('power_supply_cyclecount', labels, supply.cycleCount)
  for (const [attribute, value] of Object.entries(supply.values)) {
    emit(`power_supply_${supplyNames[attribute] ?? attribute}`, labels, value)
  }
}
