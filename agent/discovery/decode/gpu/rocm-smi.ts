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
import { isObject, type JsonObject, parseToolJson } from './json-objects.ts'
import { kebab, named } from './names.ts'

const maxGpus = 256

/** `rocm-smi --json` with any of its `--show...` options or `-a`: one object a card. */
export function decodeRocmSmi(bytes: Uint8Array): GpuImport {
  const all = parseToolJson(bytes, 'rocm-smi')
  if (!isObject(all)) throw new DecodeError('Cannot read rocm-smi: want one JSON object')
  const cards = Object.entries(all)
    .flatMap(([name, card]) => {
      const number = /^card(\d{1,4})$/.exec(name)?.[1]
      return number === undefined || !isObject(card) ? [] : [{ index: Number(number), card }]
    })
    .toSorted((a, b) => a.index - b.index)
  if (cards.length === 0) throw new DecodeError('Cannot read rocm-smi: it lists no card')
  if (cards.length > maxGpus) throw new DecodeError(`Cannot take ${cards.length} GPUs`)
  const system = isObject(all['system']) ? all['system'] : {}
  return {
    driverVersion: told(stringOf(system, 'Driver version')),
    runtimeVersion: null,
    gpus: cards.map(({ card, index }) => gpuOf(card, index)),
    links: linksOf(system),
  }
}

/** Value of the first of the names that has one; upper and lower case are one, as versions differ. */
function stringOf(card: JsonObject, ...names: readonly string[]): string | null {
  for (const name of names) {
    const found = Object.keys(card).find((key) => key.toLowerCase() === name.toLowerCase())
    const value = found === undefined ? undefined : card[found]
    if (typeof value === 'string') return value
  }
  return null
}

function gpuOf(card: JsonObject, index: number): GpuImport['gpus'][number] {
  const value = (...names: readonly string[]) => stringOf(card, ...names)
  return {
    address: kernelAddress(value('PCI Bus')),
    vendorId: '1002',
    deviceId: hexId(value('Device ID', 'GPU ID'), 4),
    subsystemVendorId: null,
    subsystemDeviceId: hexId(value('Subsystem ID'), 4),
    revision: hexId(value('Device Rev'), 2),
    numaNode: wholeAmount(value('(Topology) Numa Node')),
    management: managementOf(card, index),
  }
}

function managementOf(card: JsonObject, index: number): GpuManagement {
  const value = (...names: readonly string[]) => stringOf(card, ...names)
  const empty = emptyManagement('rocm-smi')
  const compute = told(value('Compute Partition'))
  const memory = told(value('Memory Partition'))
  const replayCount = wholeAmount(value('PCIe Replay Count'))
  const maxPower = positiveAmount(value('Max Graphics Package Power (W)'))
  return {
    ...empty,
    index,
    name: told(value('Device Name', 'Card series')),
    brand: told(value('Card vendor')),
    architecture: told(value('GFX Version')),
    uuid: uniqueId(value('Unique ID')),
    serial: toldIdentity(value('Serial Number')),
    boardPartNumber: toldIdentity(value('Card SKU')),
    vbiosVersion: told(value('VBIOS version')),
    firmwareVersions: firmware(card),
    memorySizeBytes: wholeAmount(value('VRAM Total Memory (B)')),
    memoryVendor: told(value('GPU memory vendor')),
    visibleMemorySizeBytes: wholeAmount(value('VIS_VRAM Total Memory (B)')),
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
    partition: compute === null && memory === null ? null : { compute, memory },
    powerLimitsWatts: known([['max', maxPower]]),
    readings: readingsOf(card, empty.readings),
  }
}

function firmware(card: JsonObject): Record<string, string> {
  const versions = Object.keys(card).flatMap((key) => {
    const name = kebab(/^(.{1,64}) firmware version$/i.exec(key)?.[1] ?? '')
    const version = told(stringOf(card, key))
    return name === '' || version === null ? [] : [[name, version] as const]
  })
  if (versions.length > 96)
    throw new DecodeError(`Cannot take ${versions.length} firmware versions`)
  return Object.fromEntries(versions)
}

/** `16.0GT/s x16`: rates of PCI Express by generation. */
const rates = ['2.5', '5.0', '8.0', '16.0', '32.0', '64.0']

function readingsOf(card: JsonObject, empty: GpuManagement['readings']): GpuManagement['readings'] {
  const value = (...names: readonly string[]) => stringOf(card, ...names)
  const [, rate = '', lanes] =
    /\((\d+\.\d)\s*GT\/s x(\d{1,2})\)/.exec(value('pcie clock level') ?? '') ?? []
  const generation = rates.indexOf(rate) + 1
  const sized = (pattern: RegExp) =>
    named(
      Object.keys(card).flatMap((key) => {
        const name = kebab(pattern.exec(key)?.[1] ?? '')
        const number = positiveAmount((stringOf(card, key) ?? '').replaceAll(/[()]/g, ''))
        return name === '' || number === null ? [] : [[name, number] as const]
      }),
    )
  const percent = (...names: readonly string[]) => ratioAmount(`${value(...names) ?? ''} %`)
  return {
    ...empty,
    performanceState: told(value('Performance Level')),
    clocksHz: sized(/^(\w{1,32}) clock speed:?$/),
    temperaturesCelsius: sized(/^Temperature \(Sensor ([^)]{1,32})\) \(C\)$/i),
    powerWatts: positiveAmount(value('Average Graphics Package Power (W)')),
    instantPowerWatts: positiveAmount(value('Current Socket Graphics Package Power (W)')),
    fanRatio: percent('Fan speed (%)'),
    utilizationRatio: known([
      ['gpu', percent('GPU use (%)')],
      ['memory', percent('GPU Memory Read/Write Activity (%)', 'GPU memory use (%)')],
    ]),
    memoryUsedBytes: wholeAmount(value('VRAM Total Used Memory (B)')),
    visibleMemoryUsedBytes: wholeAmount(value('VIS_VRAM Total Used Memory (B)')),
    linkGeneration: generation === 0 ? null : generation,
    linkLaneWidth: lanes === undefined ? null : Number(lanes),
    voltageMillivolts: wholeAmount(value('Voltage (mV)')),
  }
}

const maxLinks = 32_640

/** `(Topology) Weight between DRM devices 0 and 1`: one line each for weight, hops and type. */
function linksOf(system: JsonObject): GpuImport['links'] {
  const links = new Map<string, { -readonly [K in keyof Link]: Link[K] }>()
  for (const key of Object.keys(system)) {
    const [, what, from, to] =
      /^\(Topology\) (Weight|Hops|Link type) between DRM devices (\d{1,3}) and (\d{1,3})$/.exec(
        key,
      ) ?? []
    if (what === undefined || Number(from) > 255 || Number(to) > 255) continue
    const link = links.get(`${from} ${to}`) ?? {
      from: Number(from),
      to: Number(to),
      kind: null,
      weight: null,
      hopCount: null,
    }
    const value = stringOf(system, key)
    if (what === 'Weight') link.weight = wholeAmount(value)
    else if (what === 'Hops') link.hopCount = wholeAmount(value)
    else link.kind = told(value)
    links.set(`${from} ${to}`, link)
  }
  if (links.size > maxLinks) throw new DecodeError(`Cannot take ${links.size} links`)
  return [...links.values()]
}

type Link = GpuImport['links'][number]
