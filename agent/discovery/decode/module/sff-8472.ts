import type { TransceiverModule } from '../../../../protocol/facts/transceiver-module.ts'
import { toHex, u16be, u8 } from '../integers.ts'
import { sff8472Compliance } from './compliance.ts'
import {
  checksum,
  companyId,
  dateCode,
  type DecodedModule,
  emptyModule,
  lengthOf,
  moduleText,
  needBytes,
} from './fields.ts'
import { connectors, extendedCompliance, formFactors, sff8472Encodings } from './names.ts'
import { sff8472Monitors } from './sff-8472-monitors.ts'

/** Byte 94: the revision of SFF-8472. */
const revisions: Readonly<Record<number, string>> = {
  1: '9.3',
  2: '9.5',
  3: '10.2',
  4: '10.4',
  5: '11.0',
  6: '11.3',
  7: '11.4',
  8: '12.3',
  9: '12.4',
}

/**
 * SFP and its kin, SFF-8472 revision 12.4: address A0h in bytes 0 to 255 and, where it is there,
 * address A2h in bytes 256 to 511, as ETHTOOL_GMODULEEEPROM gives them.
 */
export function decodeSff8472(memory: Uint8Array): DecodedModule {
  needBytes(memory, 96, 'an SFP module')
  const codes = memory.subarray(3, 11)
  const cable = cableKind(codes)
  const identifier = u8(memory, 0)
  const text = (start: number, end: number) => moduleText(memory.subarray(start, end))
  const diagnostics = memory.length >= 256 + 120 ? memory.subarray(256) : null
  const monitored = (u8(memory, 92) & 0x40) !== 0
  const extended = extendedCompliance[u8(memory, 36)]
  return {
    module: {
      ...emptyModule,
      standard: 'sff-8472',
      standardRevision: revisions[u8(memory, 94)] ?? null,
      identifier: toHex(identifier, 2),
      formFactor: formFactors[identifier] ?? null,
      connector: connectors[u8(memory, 2)] ?? null,
      vendor: text(20, 36),
      vendorOui: companyId(memory.subarray(37, 40)),
      partNumber: text(40, 56),
      revision: text(56, 60),
      serial: text(68, 84),
      ...dateCode(memory.subarray(84, 92)),
      compliance: [...sff8472Compliance(codes), ...(extended === undefined ? [] : [extended])],
      transmitter: cable,
      encoding: sff8472Encodings[u8(memory, 11)] ?? null,
      signallingRateBaud: signallingRate(u8(memory, 12), u8(memory, 66)),
      wavelengthNanometres: cable === null ? u16be(memory, 60) || null : null,
      lengths: lengthsOf(memory, cable !== null),
      maxPowerWatts: powerOf(u8(memory, 64), u8(memory, 66)),
      laneCount: 1,
      monitors: monitored && diagnostics !== null ? sff8472Monitors(memory, diagnostics) : null,
    },
    findings: [
      ...checksum(memory, 'base identity', 0, 63),
      ...checksum(memory, 'extended identity', 64, 95),
      ...(monitored && diagnostics !== null ? checksum(diagnostics, 'thresholds', 0, 95) : []),
    ],
  }
}

/** Byte 8; bytes 60 and 61 then name a specification and no wavelength. */
function cableKind(codes: Uint8Array): TransceiverModule['transmitter'] {
  const technology = u8(codes, 5)
  if ((technology & 0x08) !== 0) return 'active cable'
  return (technology & 0x04) !== 0 ? 'passive copper cable' : null
}

/** Byte 12 in 100 MBd; 255 sends to byte 66 in 250 MBd. */
function signallingRate(nominal: number, extended: number): number | null {
  if (nominal === 0) return null
  return nominal === 255 ? extended * 250_000_000 || null : nominal * 100_000_000
}

function lengthsOf(memory: Uint8Array, isCable: boolean): TransceiverModule['lengths'] {
  const kilometres = lengthOf(u8(memory, 14), 'smf', 1000)
  // 1000BASE-T and 1000BASE-CX have copper of a length in byte 18 as well.
  const isCopper = isCable || (u8(memory, 6) & 0x0c) !== 0
  return [
    ...(kilometres.length > 0 ? kilometres : lengthOf(u8(memory, 15), 'smf', 100)),
    ...lengthOf(u8(memory, 18), isCopper ? 'cable' : 'om4', isCopper ? 1 : 10),
    ...lengthOf(u8(memory, 19), 'om3', 10),
    ...lengthOf(u8(memory, 16), 'om2', 10),
    ...lengthOf(u8(memory, 17), 'om1', 10),
  ]
}

/** Byte 64: power level 1 to 4; level 4 has its figure in byte 66. */
function powerOf(options: number, figure: number): number | null {
  if ((options & 0x40) !== 0) return figure / 10 || null
  if ((options & 0x20) !== 0) return 2
  return (options & 0x02) !== 0 ? 1.5 : 1
}
