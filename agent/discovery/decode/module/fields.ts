/** Fields that all maps of module memory write alike. */
import { DecodeError } from '../../../../protocol/errors.ts'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import type {
  ModuleFlag,
  ModuleMonitors,
  TransceiverModule,
} from '../../../../protocol/facts/transceiver-module.ts'
import { meaningfulText } from '../device-text.ts'
import { hexOf, toHex, u16be, u8 } from '../integers.ts'

/** What the maps of module memory decode to. */
export interface DecodedModule {
  readonly module: TransceiverModule
  readonly findings: readonly Finding[]
}

/** Everything of a module that is not known; maps fill in what they have. */
export const emptyModule = {
  standardRevision: null,
  formFactor: null,
  connector: null,
  vendor: null,
  vendorOui: null,
  partNumber: null,
  revision: null,
  serial: null,
  manufactureDate: null,
  lotCode: null,
  cleiCode: null,
  firmwareVersion: null,
  hardwareVersion: null,
  compliance: [],
  applications: [],
  transmitter: null,
  encoding: null,
  signallingRateBaud: null,
  wavelengthNanometres: null,
  lengths: [],
  maxPowerWatts: null,
  laneCount: null,
  state: null,
  monitors: null,
} as const satisfies Omit<TransceiverModule, 'standard' | 'identifier'>

/**
 * Text padded with blanks, or left as zeros or erased memory. Null when it says nothing; bytes that
 * are no ASCII are left out, as a field of them alone.
 */
export function moduleText(bytes: Uint8Array): string | null {
  const letters = [...bytes].filter((byte) => byte >= 0x20 && byte < 0x7f)
  return meaningfulText(String.fromCharCode(...letters))
}

/** IEEE company id of three bytes; null for none. */
export function companyId(bytes: Uint8Array): string | null {
  const id = hexOf(bytes)
  return /^(0+|f+)$/.test(id) ? null : id
}

/** `YYMMDD` and two characters of lot code, as all three maps have it. Years are 2000 and on. */
export function dateCode(
  bytes: Uint8Array,
): Pick<TransceiverModule, 'manufactureDate' | 'lotCode'> {
  const text = String.fromCharCode(...bytes.subarray(0, 6))
  const [, year = '', month = '', day = ''] = /^(\d\d)(\d\d)(\d\d)$/.exec(text) ?? []
  const isDate = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31
  return {
    manufactureDate: isDate ? `20${year}-${month}-${day}` : null,
    lotCode: moduleText(bytes.subarray(6, 8)),
  }
}

type Length = TransceiverModule['lengths'][number]

/** A length of one byte in units of `metres`; none for 0. 255 says that it is longer. */
export function lengthOf(
  value: number,
  medium: Length['medium'],
  metres: number,
): readonly Length[] {
  if (value === 0) return []
  return [{ medium, metres: Math.min(value, 254) * metres, orMore: value === 255 }]
}

/** Signed sixteenth-bit fraction: 1/256 degree Celsius. */
export function temperature(bytes: Uint8Array, offset: number): number {
  return ((u16be(bytes, offset) << 16) >> 16) / 256
}

/** In units of 100 microvolts. */
export const volts = (bytes: Uint8Array, offset: number) => u16be(bytes, offset) / 1e4

/** In units of 0.1 microwatts. */
export const watts = (bytes: Uint8Array, offset: number) => u16be(bytes, offset) / 1e7

/** In units of 2 microamperes. */
export const amperes = (bytes: Uint8Array, offset: number) => (u16be(bytes, offset) * 2) / 1e6

type Limits = NonNullable<ModuleMonitors['thresholds']>['supplyVolts']

/** Four limits from `offset` on, high and low alarm before high and low warning; null for all zero. */
export function limitsOf(
  bytes: Uint8Array,
  offset: number,
  read: (bytes: Uint8Array, offset: number) => number,
): Limits {
  if (bytes.subarray(offset, offset + 8).every((byte) => byte === 0)) return null
  return {
    highAlarm: read(bytes, offset),
    lowAlarm: read(bytes, offset + 2),
    highWarning: read(bytes, offset + 4),
    lowWarning: read(bytes, offset + 6),
  }
}

const levels = ['high-alarm', 'low-alarm', 'high-warning', 'low-warning'] as const

/** Flags of the whole module: high alarm, low alarm, high warning, low warning, from bit 3 down. */
export function moduleFlags(name: string, bits: number): readonly ModuleFlag[] {
  return levels
    .filter((_, at) => ((bits >> (3 - at)) & 1) === 1)
    .map((level) => ({ name: `${name}-${level}`, lanes: null }))
}

/** The same with the four bits of each lane in a place of their own. */
export function levelFlags(name: string, lanes: readonly number[]): readonly ModuleFlag[] {
  return levels.flatMap((level, at) =>
    laneFlags(
      `${name}-${level}`,
      lanes.reduce((mask, bits, lane) => mask | (((bits >> (3 - at)) & 1) << lane), 0),
    ),
  )
}

/** A flag for the lanes whose bit is set, lane 1 in bit 0; none for no lane. */
export function laneFlags(name: string, mask: number): readonly ModuleFlag[] {
  const raised = Array.from({ length: 8 }, (_, lane) => lane + 1).filter(
    (lane) => ((mask >> (lane - 1)) & 1) === 1,
  )
  return raised.length === 0 ? [] : [{ name, lanes: raised }]
}

/** A finding when the low eight bits of the sum of bytes `start` to `end` are not what `at` says. */
export function checksum(
  bytes: Uint8Array,
  part: string,
  start: number,
  end: number,
): readonly Finding[] {
  let sum = 0
  for (const byte of bytes.subarray(start, end)) sum = (sum + byte) & 0xff
  const stored = u8(bytes, end)
  if (sum === stored) return []
  return [
    {
      code: 'module.checksum',
      severity: 'warning',
      subject: part,
      message: `Checksum of the ${part} is ${toHex(stored, 2)}, its bytes sum up to ${toHex(sum, 2)}`,
    },
  ]
}

/** Throws when a page is shorter than the map needs it. */
export function needBytes(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length >= length) return
  throw new DecodeError(`Cannot read ${what}: want ${length} bytes, found ${bytes.length}`)
}
