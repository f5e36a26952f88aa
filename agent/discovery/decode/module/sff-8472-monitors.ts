import type { ModuleFlag, ModuleMonitors } from '../../../../protocol/facts/transceiver-module.ts'
import { u16be, u8 } from '../integers.ts'
import { amperes, levelFlags, limitsOf, moduleFlags, temperature, volts, watts } from './fields.ts'

type Read = (bytes: Uint8Array, offset: number) => number

/** How a module's figures become readings: as they are, or by the constants it carries. */
interface Calibration {
  readonly temperature: Read
  readonly volts: Read
  readonly amperes: Read
  readonly txWatts: Read
  readonly rxWatts: Read
}

/**
 * Readings, limits and flags of address A2h, SFF-8472 §9; `identity` is address A0h. Figures of a
 * module that is calibrated externally are turned into readings by its constants.
 */
export function sff8472Monitors(identity: Uint8Array, bytes: Uint8Array): ModuleMonitors {
  const kind = u8(identity, 92)
  const calibration = (kind & 0x10) !== 0 ? external(bytes) : internal
  const limits = {
    temperatureCelsius: limitsOf(bytes, 0, calibration.temperature),
    supplyVolts: limitsOf(bytes, 8, calibration.volts),
    txBiasAmperes: limitsOf(bytes, 16, calibration.amperes),
    txPowerWatts: limitsOf(bytes, 24, calibration.txWatts),
    rxPowerWatts: limitsOf(bytes, 32, calibration.rxWatts),
  }
  return {
    temperatureCelsius: calibration.temperature(bytes, 96),
    supplyVolts: calibration.volts(bytes, 98),
    txBiasAmperes: [calibration.amperes(bytes, 100)],
    txPowerWatts: [calibration.txWatts(bytes, 102)],
    rxPowerWatts: [calibration.rxWatts(bytes, 104)],
    rxPowerKind: (kind & 0x08) !== 0 ? 'average' : 'oma',
    thresholds: Object.values(limits).every((one) => one === null) ? null : limits,
    flags: flagsOf(u8(identity, 93), bytes),
  }
}

const internal: Calibration = {
  temperature,
  volts,
  amperes,
  txWatts: watts,
  rxWatts: watts,
}

/** SFF-8472 §9.3: slope and offset of each, a polynomial for the received power. */
function external(bytes: Uint8Array): Calibration {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const line = (at: number) => ({
    slope: u16be(bytes, at) / 256,
    offset: view.getInt16(at + 2),
  })
  const [current, power, heat, supply] = [line(76), line(80), line(84), line(88)]
  const polynomial = [56, 60, 64, 68, 72].map((at) => view.getFloat32(at))
  const along =
    ({ slope, offset }: { readonly slope: number; readonly offset: number }, unit: number): Read =>
    (from, at) =>
      Math.max(0, slope * u16be(from, at) + offset) / unit
  return {
    temperature: (from, at) => (heat.slope * ((u16be(from, at) << 16) >> 16) + heat.offset) / 256,
    volts: along(supply, 1e4),
    amperes: along(current, 5e5),
    txWatts: along(power, 1e7),
    rxWatts: (from, at) => {
      const figure = u16be(from, at)
      const value = polynomial.reduce((sum, factor) => sum * figure + factor, 0)
      return Number.isFinite(value) ? Math.max(0, value) / 1e7 : 0
    },
  }
}

/** Bytes 110 to 117, as far as byte 93 of the identity says that the module keeps them. */
function flagsOf(kept: number, bytes: Uint8Array): readonly ModuleFlag[] {
  const flags: ModuleFlag[] = []
  const status = u8(bytes, 110)
  if ((kept & 0x20) !== 0 && (status & 0x04) !== 0) flags.push({ name: 'tx-fault', lanes: [1] })
  if ((kept & 0x10) !== 0 && (status & 0x02) !== 0) flags.push({ name: 'rx-loss', lanes: [1] })
  if ((kept & 0x80) === 0) return flags
  const alarms = u16be(bytes, 112)
  const warnings = u16be(bytes, 116)
  const bits = (low: number) => (((alarms >> low) & 3) << 2) | ((warnings >> low) & 3)
  return [
    ...flags,
    ...moduleFlags('temperature', bits(14)),
    ...moduleFlags('voltage', bits(12)),
    ...levelFlags('tx-bias', [bits(10)]),
    ...levelFlags('tx-power', [bits(8)]),
    ...levelFlags('rx-power', [bits(6)]),
  ]
}
