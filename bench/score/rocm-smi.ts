import { readFile } from 'node:fs/promises'
import { decodeRocmSmi } from '../../agent/discovery/decode/gpu/rocm-smi.ts'
import type { GpuImport } from '../../protocol/facts/gpu-import.ts'
import { corpusJson, corpusNames, corpusPath } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'

const folder = 'telegraf/amd_rocm_smi/testdata'

/** Every value that rocm-smi prints of a card, of ROCm 4.3 to 6.1. */
export const rocmSmiScorer: Scorer = {
  source: 'rocm-smi',
  peer: 'rocm-smi -a --json',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    const names = await corpusNames(folder, '.json')
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const name of names) {
      const bytes = new Uint8Array(await readFile(corpusPath(folder, `${name}.json`)))
      const ours = decodeRocmSmi(bytes)
      for (const [section, values] of objectsIn(await corpusJson(folder, `${name}.json`))) {
        const machine = `${name} ${section}`
        const found = ours.gpus.find((gpu) => `card${gpu.management.index}` === section)
        for (const [field, value] of values) {
          const theirs = nothing.test(value) || isUnfilled(field, value) ? null : value
          const printed =
            found === undefined
              ? systemField(ours, field)
              : isName(field, values)
                ? found.management.name
                : cardField(found, field, value)
          if (printed !== undefined) comparisons.push({ machine, field, ours: printed, theirs })
          else if (theirs !== null) uncovered.push(`${machine}: ${field}`)
        }
      }
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}

const nothing = /^(N\/A.*|Unsupported|None|)$/i

/** Before ROCm 6.1 a card has its name as its series only. */
function isName(field: string, values: Section[1]): boolean {
  return /^card series$/i.test(field) && values.every(([name]) => name !== 'Device Name')
}

/** The kernel shows 0 for a serial number that the board does not have. */
function isUnfilled(field: string, value: string): boolean {
  return /^Serial Number$/i.test(field) && /^0+$/.test(value)
}

type Section = readonly [name: string, values: readonly (readonly [string, string])[]]

function objectsIn(json: unknown): readonly Section[] {
  return Object.entries(Object(json)).map(([name, card]): Section => [
    name,
    Object.entries(Object(card)).map(([field, value]) => [field, String(value)] as const),
  ])
}

type Gpu = GpuImport['gpus'][number]
type Value = number | string | null | undefined

function text(value: Value): string | null {
  return value === null || value === undefined ? null : String(value)
}

/** A number as they print it: `53.0`, `36`, `0`. */
function like(value: number | null | undefined, theirs: string): string | null {
  if (value === null || value === undefined) return null
  return /\.\d/.test(theirs) ? value.toFixed(theirs.split('.')[1]?.length ?? 1) : String(value)
}

/** Bare hex digits as they print them, `0x1` or `0x01`. */
function hex(value: string | null, theirs: string): string | null {
  if (value === null) return null
  const digits = theirs.replace(/^0x/, '').length
  return `0x${value.replace(/^0+/, '').padStart(digits, '0')}`
}

const dashed = (name: string) => name.toLowerCase().replaceAll(' ', '-')

/** What we would print; undefined for what we do not hold. */
function cardField(gpu: Gpu, field: string, theirs: string): string | null | undefined {
  const { management } = gpu
  const { readings } = management
  const [, clock] = /^(\w+) clock speed:$/.exec(field) ?? []
  if (clock !== undefined) {
    const hertz = readings.clocksHz[clock]
    return hertz === undefined ? null : `(${hertz / 1e6}Mhz)`
  }
  const [, sensor] = /^Temperature \(Sensor (\w+)\) \(C\)$/.exec(field) ?? []
  if (sensor !== undefined) return like(readings.temperaturesCelsius[dashed(sensor)], theirs)
  const [, unit] = /^(.+) firmware version$/.exec(field) ?? []
  if (unit !== undefined) return text(management.firmwareVersions[dashed(unit)])
  return fields.get(field.toLowerCase())?.(gpu, theirs)
}

const percent = (ratio: number | null | undefined, theirs: string) =>
  like(ratio === null || ratio === undefined ? null : Math.round(ratio * 100), theirs)

const rates = ['2.5', '5.0', '8.0', '16.0', '32.0', '64.0']

const fields: ReadonlyMap<string, (gpu: Gpu, theirs: string) => string | null> = new Map<
  string,
  (gpu: Gpu, theirs: string) => string | null
>([
  ['device id', ({ deviceId }, theirs) => hex(deviceId, theirs)],
  ['gpu id', ({ deviceId }, theirs) => hex(deviceId, theirs)],
  ['device rev', ({ revision }, theirs) => hex(revision, theirs)],
  ['subsystem id', ({ subsystemDeviceId }, theirs) => hex(subsystemDeviceId, theirs)],
  ['unique id', ({ management }, theirs) => hex(management.uuid, theirs)],
  ['vbios version', ({ management }) => management.vbiosVersion],
  ['device name', ({ management }) => management.name],
  ['card vendor', ({ management }) => management.brand],
  ['card sku', ({ management }) => management.boardPartNumber],
  ['gfx version', ({ management }) => management.architecture],
  ['serial number', ({ management }) => management.serial],
  ['pci bus', ({ address }) => address?.toUpperCase() ?? null],
  ['performance level', ({ management }) => management.readings.performanceState],
  [
    'pcie clock level',
    ({ management: { readings } }, theirs) =>
      readings.linkGeneration === null
        ? null
        : `${theirs.split(' ')[0]} (${rates[readings.linkGeneration - 1]}GT/s x${readings.linkLaneWidth})`,
  ],
  [
    'max graphics package power (w)',
    ({ management }, theirs) => like(management.powerLimitsWatts['max'], theirs),
  ],
  [
    'average graphics package power (w)',
    ({ management }, theirs) => like(management.readings.powerWatts, theirs),
  ],
  [
    'current socket graphics package power (w)',
    ({ management }, theirs) => like(management.readings.instantPowerWatts, theirs),
  ],
  ['fan speed (%)', ({ management }, theirs) => percent(management.readings.fanRatio, theirs)],
  [
    'gpu use (%)',
    ({ management }, theirs) => percent(management.readings.utilizationRatio['gpu'], theirs),
  ],
  [
    'gpu memory use (%)',
    ({ management }, theirs) => percent(management.readings.utilizationRatio['memory'], theirs),
  ],
  [
    'gpu memory read/write activity (%)',
    ({ management }, theirs) => percent(management.readings.utilizationRatio['memory'], theirs),
  ],
  ['gpu memory vendor', ({ management }) => management.memoryVendor],
  ['pcie replay count', ({ management }) => text(management.link?.replayCount)],
  ['voltage (mv)', ({ management }) => text(management.readings.voltageMillivolts)],
  ['vram total memory (b)', ({ management }) => text(management.memorySizeBytes)],
  ['vram total used memory (b)', ({ management }) => text(management.readings.memoryUsedBytes)],
  ['vis_vram total memory (b)', ({ management }) => text(management.visibleMemorySizeBytes)],
  [
    'vis_vram total used memory (b)',
    ({ management }) => text(management.readings.visibleMemoryUsedBytes),
  ],
  ['(topology) numa node', ({ numaNode }) => text(numaNode)],
  ['compute partition', ({ management }) => management.partition?.compute ?? null],
  ['memory partition', ({ management }) => management.partition?.memory ?? null],
])

function systemField(ours: GpuImport, field: string): string | null | undefined {
  if (field === 'Driver version') return ours.driverVersion
  const [, what, from, to] =
    /^\(Topology\) (Weight|Hops|Link type) between DRM devices (\d+) and (\d+)$/.exec(field) ?? []
  if (what === undefined) return undefined
  const link = ours.links.find((one) => one.from === Number(from) && one.to === Number(to))
  return text(what === 'Weight' ? link?.weight : what === 'Hops' ? link?.hopCount : link?.kind)
}
