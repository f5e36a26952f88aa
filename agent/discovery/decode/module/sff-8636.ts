import type {
  ModuleFlag,
  ModuleMonitors,
  TransceiverModule,
} from '../../../../protocol/facts/transceiver-module.ts'
import { toHex, u16be, u8 } from '../integers.ts'
import { sff8636Compliance } from './compliance.ts'
import {
  amperes,
  checksum,
  companyId,
  dateCode,
  type DecodedModule,
  emptyModule,
  laneFlags,
  lengthOf,
  levelFlags,
  limitsOf,
  moduleFlags,
  moduleText,
  needBytes,
  temperature,
  volts,
  watts,
} from './fields.ts'
import {
  connectors,
  extendedCompliance,
  formFactors,
  isCopper,
  sff8636Encodings,
  transmitters,
} from './names.ts'

/** Byte 1. */
const revisions: Readonly<Record<number, string>> = {
  1: 'SFF-8436 4.8',
  2: 'SFF-8436 4.8',
  3: '1.3',
  4: '1.4',
  5: '1.5',
  6: '2.0',
  7: '2.5',
  8: '2.8',
}

const lanes = [0, 1, 2, 3] as const

/**
 * QSFP and its kin, SFF-8636 revision 2.10 and the SFF-8436 before it: the lower memory, upper page
 * 00h and, where they are there, pages 01h to 03h one after the other.
 */
export function decodeSff8636(memory: Uint8Array): DecodedModule {
  needBytes(memory, 256, 'a QSFP module')
  const identifier = u8(memory, 0)
  const technology = u8(memory, 147) >> 4
  const text = (start: number, end: number) => moduleText(memory.subarray(start, end))
  const hasLimits = memory.length >= 640 && (u8(memory, 2) & 0x04) === 0
  return {
    module: {
      ...emptyModule,
      standard: 'sff-8636',
      standardRevision: revisions[u8(memory, 1)] ?? null,
      identifier: toHex(identifier, 2),
      formFactor: formFactors[identifier] ?? null,
      connector: connectors[u8(memory, 130)] ?? null,
      vendor: text(148, 164),
      vendorOui: companyId(memory.subarray(165, 168)),
      partNumber: text(168, 184),
      revision: text(184, 186),
      serial: text(196, 212),
      ...dateCode(memory.subarray(212, 220)),
      compliance: complianceOf(memory),
      transmitter: transmitters[technology] ?? null,
      encoding: sff8636Encodings[u8(memory, 139)] ?? null,
      signallingRateBaud: signallingRate(u8(memory, 140), u8(memory, 222)),
      // Of copper, these bytes tell the attenuation.
      wavelengthNanometres: isCopper(technology) ? null : u16be(memory, 186) / 20 || null,
      lengths: lengthsOf(memory, technology),
      maxPowerWatts: powerOf(u8(memory, 129), u8(memory, 107)),
      laneCount: lanes.length,
      monitors: monitorsOf(memory, technology, hasLimits ? memory.subarray(512, 640) : null),
    },
    findings: [
      ...checksum(memory, 'base identity', 128, 191),
      ...checksum(memory, 'extended identity', 192, 223),
    ],
  }
}

function complianceOf(memory: Uint8Array): readonly string[] {
  const extended = extendedCompliance[u8(memory, 192)]
  const points = (u8(memory, 131) & 0x80) !== 0
  return [
    ...(points && extended !== undefined ? [extended] : []),
    ...sff8636Compliance(memory.subarray(131, 139), u8(memory, 164)),
  ]
}

/** Byte 140 in 100 MBd; 255 sends to byte 222 in 250 MBd. */
function signallingRate(nominal: number, extended: number): number | null {
  if (nominal === 0) return null
  return nominal === 255 ? extended * 250_000_000 || null : nominal * 100_000_000
}

/**
 * Byte 146 is the length of a cable, or the reach over OM4 of an 850 nm module with a connector for
 * it; an active optical cable has such a laser and no connector.
 */
function lengthsOf(memory: Uint8Array, technology: number): TransceiverModule['lengths'] {
  const noConnector = u8(memory, 130) === 0x23
  const overOm4 = technology === 0 && !noConnector
  return [
    ...lengthOf(u8(memory, 142), 'smf', 1000),
    ...lengthOf(u8(memory, 146), overOm4 ? 'om4' : 'cable', overOm4 ? 2 : 1),
    ...lengthOf(u8(memory, 143), 'om3', 2),
    ...lengthOf(u8(memory, 144), 'om2', 1),
    ...lengthOf(u8(memory, 145), 'om1', 1),
  ]
}

/** Byte 129: classes 1 to 4 above, 5 to 7 below; class 8 has its figure in byte 107. */
function powerOf(classes: number, figure: number): number {
  if ((classes & 0x20) !== 0 && figure > 0) return figure / 10
  const high = [null, 4, 4.5, 5][classes & 3] ?? null
  return high ?? [1.5, 2, 2.5, 3.5][classes >> 6] ?? 1.5
}

/** Byte 220 says what is monitored; passive cables monitor nothing. */
function monitorsOf(
  memory: Uint8Array,
  technology: number,
  limits: Uint8Array | null,
): ModuleMonitors | null {
  const kinds = u8(memory, 220)
  const isPassive = technology === 0x0a || technology === 0x0b
  const isThere = (bit: number, ...offsets: readonly number[]) =>
    (kinds & bit) !== 0 || (!isPassive && offsets.some((at) => u16be(memory, at) !== 0))
  const hasTemperature = isThere(0x20, 22)
  const hasVolts = isThere(0x10, 26)
  const hasRx = !isPassive && !isCopper(technology)
  const hasTx = isThere(0x04, 50, 52, 54, 56)
  if (!hasTemperature && !hasVolts && !hasRx && !hasTx) return null
  return {
    temperatureCelsius: hasTemperature ? temperature(memory, 22) : null,
    supplyVolts: hasVolts ? volts(memory, 26) : null,
    rxPowerWatts: hasRx ? lanes.map((lane) => watts(memory, 34 + lane * 2)) : null,
    rxPowerKind: hasRx ? ((kinds & 0x08) !== 0 ? 'average' : 'oma') : null,
    txBiasAmperes: hasRx ? lanes.map((lane) => amperes(memory, 42 + lane * 2)) : null,
    txPowerWatts: hasTx ? lanes.map((lane) => watts(memory, 50 + lane * 2)) : null,
    thresholds: limits === null ? null : thresholdsOf(limits),
    flags: flagsOf(memory),
  }
}

/** Upper page 03h. */
function thresholdsOf(page: Uint8Array): ModuleMonitors['thresholds'] {
  const limits = {
    temperatureCelsius: limitsOf(page, 0, temperature),
    supplyVolts: limitsOf(page, 16, volts),
    rxPowerWatts: limitsOf(page, 48, watts),
    txBiasAmperes: limitsOf(page, 56, amperes),
    txPowerWatts: limitsOf(page, 64, watts),
  }
  return Object.values(limits).every((one) => one === null) ? null : limits
}

/** Bytes 3 to 14: lane 1 in the high half of the first byte of two, lane 4 in the low of the second. */
function flagsOf(memory: Uint8Array): readonly ModuleFlag[] {
  const halves = (offset: number) =>
    lanes.map((lane) => (u8(memory, offset + (lane >> 1)) >> ((lane & 1) === 0 ? 4 : 0)) & 0x0f)
  return [
    ...moduleFlags('temperature', u8(memory, 6) >> 4),
    ...moduleFlags('voltage', u8(memory, 7) >> 4),
    ...laneFlags('rx-loss', u8(memory, 3) & 0x0f),
    ...laneFlags('tx-loss', u8(memory, 3) >> 4),
    ...laneFlags('tx-fault', u8(memory, 4) & 0x0f),
    ...laneFlags('rx-unlocked', u8(memory, 5) & 0x0f),
    ...laneFlags('tx-unlocked', u8(memory, 5) >> 4),
    ...levelFlags('rx-power', halves(9)),
    ...levelFlags('tx-bias', halves(11)),
    ...levelFlags('tx-power', halves(13)),
  ]
}
