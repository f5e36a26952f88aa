import type { ModuleFlag, ModuleMonitors } from '../../../../protocol/facts/transceiver-module.ts'
import { u8 } from '../integers.ts'
import { amperes, laneFlags, limitsOf, moduleFlags, temperature, volts, watts } from './fields.ts'

/** The pages that readings are in; null for one that is not there. */
export interface CmisPages {
  readonly memory: Uint8Array
  /** Page 01h, which says what the module monitors. */
  readonly advertised: Uint8Array | null
  /** Page 02h. */
  readonly limits: Uint8Array | null
  /** Page 11h. */
  readonly lanePage: Uint8Array | null
  /** Media lanes from 0 that the module has. */
  readonly lanes: readonly number[]
  readonly isOptical: boolean
}

/** Readings, limits and flags, CMIS 5.2 §8.2.4, §8.4.4, §8.5 and §8.10; null without any monitor. */
export function cmisMonitors(pages: CmisPages): ModuleMonitors | null {
  const { memory, advertised, limits, lanePage, lanes } = pages
  // What is monitored stands in page 01h; without it only the module's own readings are tried.
  const moduleKinds = advertised === null ? 0x03 : u8(advertised, 31)
  const laneKinds = advertised === null ? 0 : u8(advertised, 32)
  const hasTemperature = (moduleKinds & 0x01) !== 0 && reads(memory, 14)
  const hasVolts = (moduleKinds & 0x02) !== 0 && reads(memory, 16)
  const multiplier = [1, 2, 4, 1][(laneKinds >> 3) & 3] ?? 1
  const current = (bytes: Uint8Array, offset: number) => amperes(bytes, offset) * multiplier
  const laneReadings = (
    bit: number,
    offset: number,
    read: (bytes: Uint8Array, offset: number) => number,
  ) =>
    lanePage === null || (laneKinds & bit) === 0
      ? null
      : Array.from({ length: (lanes.at(-1) ?? -1) + 1 }, (_, lane) =>
          lanes.includes(lane) ? read(lanePage, offset + lane * 2) : null,
        )
  const rxPowerWatts = laneReadings(0x04, 58, watts)
  const txPowerWatts = laneReadings(0x02, 26, watts)
  const txBiasAmperes = laneReadings(0x01, 42, current)
  if (!hasTemperature && !hasVolts && laneKinds === 0) return null
  const thresholds =
    limits === null
      ? null
      : {
          temperatureCelsius: limitsOf(limits, 0, temperature),
          supplyVolts: limitsOf(limits, 8, volts),
          txPowerWatts: limitsOf(limits, 48, watts),
          txBiasAmperes: limitsOf(limits, 56, current),
          rxPowerWatts: limitsOf(limits, 64, watts),
        }
  const hasLimits =
    thresholds !== null && Object.values(thresholds).some((quantity) => quantity !== null)
  return {
    temperatureCelsius: hasTemperature ? temperature(memory, 14) : null,
    supplyVolts: hasVolts ? volts(memory, 16) : null,
    rxPowerWatts,
    // CMIS 5.2 table 8-47: bit 4 of page 01h byte 151.
    rxPowerKind:
      rxPowerWatts === null || advertised === null
        ? null
        : (u8(advertised, 23) & 0x10) !== 0
          ? 'average'
          : 'oma',
    txPowerWatts,
    txBiasAmperes,
    thresholds: hasLimits ? thresholds : null,
    flags: flagsOf(pages),
  }
}

/** A module says 0 for what it does not measure, where page 01h is not there to say so. */
function reads(memory: Uint8Array, offset: number): boolean {
  return u8(memory, offset) !== 0 || u8(memory, offset + 1) !== 0
}

/** Lower memory byte 9 and page 11h bytes 135 to 152, of the lanes that are there. */
function flagsOf({ memory, lanePage, lanes, isOptical }: CmisPages): readonly ModuleFlag[] {
  const raised = u8(memory, 9)
  const flags = [
    ...moduleFlags('temperature', reversed(raised)),
    ...moduleFlags('voltage', reversed(raised >> 4)),
  ]
  if (lanePage === null) return flags
  const there = lanes.reduce((mask, lane) => mask | (1 << lane), 0)
  const named = (name: string, offset: number) => laneFlags(name, u8(lanePage, offset) & there)
  const levels = (name: string, offset: number) => [
    ...named(`${name}-high-alarm`, offset),
    ...named(`${name}-low-alarm`, offset + 1),
    ...named(`${name}-high-warning`, offset + 2),
    ...named(`${name}-low-warning`, offset + 3),
  ]
  return [
    ...flags,
    ...named('tx-fault', 7),
    ...named('tx-loss', 8),
    ...named('tx-unlocked', 9),
    ...named('rx-loss', 19),
    ...named('rx-unlocked', 20),
    ...(isOptical
      ? [...levels('tx-power', 11), ...levels('tx-bias', 15), ...levels('rx-power', 21)]
      : []),
  ]
}

/** Four flags with the first in bit 0, as {@link moduleFlags} has them the other way round. */
function reversed(bits: number): number {
  return ((bits & 1) << 3) | ((bits & 2) << 1) | ((bits & 4) >> 1) | ((bits & 8) >> 3)
}
