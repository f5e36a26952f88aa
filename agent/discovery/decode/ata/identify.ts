import { DecodeError } from '../../../../protocol/errors.ts'
import type { AtaIdentify } from '../../../../protocol/facts/ata.ts'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import { deviceText } from '../device-text.ts'
import { toHex, u16le } from '../integers.ts'

const sectorBytes = 512

/** IDENTIFY DEVICE or IDENTIFY PACKET DEVICE data, ACS-5 §7.13.6. Words are little-endian. */
export function decodeAtaIdentify(bytes: Uint8Array): AtaIdentify {
  if (bytes.length !== sectorBytes) {
    throw new DecodeError(
      `Cannot read ATA identify data: want ${sectorBytes} bytes, found ${bytes.length}`,
    )
  }
  if (bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 0xff)) {
    throw new DecodeError('Cannot read ATA identify data: it is empty')
  }
  const word = (at: number) => u16le(bytes, at * 2)
  const bit = (at: number, number: number) => ((word(at) >> number) & 1) === 1
  const sectors = sectorCount(word)
  const logical = logicalSectorSize(word)
  const checksumValid = bytes[510] === 0xa5 ? sumOf(bytes) === 0 : null
  return {
    kind: word(0) >> 14 === 2 ? 'packet-device' : 'device',
    model: textAt(bytes, 27, 20),
    serial: textAt(bytes, 10, 10),
    firmware: textAt(bytes, 23, 4),
    wwn: isValid(word(87)) && bit(87, 8) ? wwnOf(word) : null,
    sectorCount: sectors,
    logicalSectorSizeBytes: logical,
    physicalSectorSizeBytes: physicalSectorSize(word, logical),
    sizeBytes: sectors * logical,
    alignmentSectors: isValid(word(209)) ? word(209) & 0x3fff : null,
    rotationRpm: rotation(word(217)),
    formFactor: formFactors[word(168) & 0xf] ?? null,
    standard: standardOf(word(80)),
    sataSpeedsGbitPerS: isSata(word) ? speeds.filter((_, index) => bit(76, index + 1)) : [],
    sataSpeedGbitPerS: isSata(word) ? (speeds[((word(77) >> 1) & 7) - 1] ?? null) : null,
    queueDepth: isSata(word) && bit(76, 8) ? (word(75) & 0x1f) + 1 : null,
    features: featuresOf(word, bit),
    // What is read after it is told only by disks that have the command.
    trim: {
      deterministic: bit(169, 0) && bit(69, 14),
      readsZeros: bit(169, 0) && bit(69, 14) && bit(69, 5),
    },
    sanitize: {
      cryptoScramble: bit(59, 12) && bit(59, 13),
      overwrite: bit(59, 12) && bit(59, 14),
      blockErase: bit(59, 12) && bit(59, 15),
    },
    security: bit(82, 1) ? securityOf(word, bit) : null,
    checksumValid,
    findings: checksumValid === false ? [wrongSum] : [],
  }
}

type Word = (at: number) => number
type Bit = (at: number, number: number) => boolean

const wrongSum: Finding = {
  code: 'ata.identify-checksum',
  severity: 'warning',
  subject: 'ata-identify',
  message: 'The sum of the IDENTIFY DEVICE data does not fit (word 255)',
}
const speeds = [1.5, 3, 6] as const
const formFactors: readonly (string | null)[] = [
  null,
  '5.25"',
  '3.5"',
  '2.5"',
  '1.8"',
  'less than 1.8"',
  'mSATA',
  'M.2',
  'MicroSSD',
  'CFast',
]
/** Standards by their bit in word 80. */
export const ataStandards: ReadonlyMap<number, string> = new Map([
  [1, 'ATA-1'],
  [2, 'ATA-2'],
  [3, 'ATA-3'],
  [4, 'ATA/ATAPI-4'],
  [5, 'ATA/ATAPI-5'],
  [6, 'ATA/ATAPI-6'],
  [7, 'ATA/ATAPI-7'],
  [8, 'ATA8-ACS'],
  [9, 'ACS-2'],
  [10, 'ACS-3'],
  [11, 'ACS-4'],
  [12, 'ACS-5'],
  [13, 'ACS-6'],
])

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + byte, 0) % 256
}

/** Words of some capability are valid when their top bits are 01. */
function isValid(word: number): boolean {
  return word >> 14 === 1
}

/** Two letters a word, the first in its high byte. */
function textAt(bytes: Uint8Array, word: number, words: number): string | null {
  const swapped = new Uint8Array(words * 2)
  for (let index = 0; index < words; index++) {
    swapped[index * 2] = bytes[(word + index) * 2 + 1] ?? 0
    swapped[index * 2 + 1] = bytes[(word + index) * 2] ?? 0
  }
  return deviceText(new TextDecoder().decode(swapped).replace(/\0.*$/s, ''))
}

function wwnOf(word: Word): string | null {
  const digits = [108, 109, 110, 111].map((at) => toHex(word(at), 4)).join('')
  return /^(0+|f+)$/.test(digits) ? null : digits
}

/** Words 100 to 103 with 48-bit addresses, 230 to 233 above those, else words 60 and 61. */
function sectorCount(word: Word): number {
  const of = (first: number, words: number) =>
    Array.from({ length: words }, (_, index) => word(first + index) * 2 ** (16 * index)).reduce(
      (sum, part) => sum + part,
      0,
    )
  const extended = (word(69) >> 3) & 1 ? of(230, 4) : 0
  const large = ((word(83) >> 10) & 1) === 1 ? of(100, 4) : 0
  const count = extended > 0 ? extended : large > 0 ? large : of(60, 2)
  return Number.isSafeInteger(count * 512) ? count : 0
}

function logicalSectorSize(word: Word): number {
  if (!isValid(word(106)) || ((word(106) >> 12) & 1) === 0) return 512
  const size = (word(117) + word(118) * 0x1_0000) * 2
  return size >= 512 && size <= 65_536 ? size : 512
}

function physicalSectorSize(word: Word, logical: number): number {
  if (!isValid(word(106)) || ((word(106) >> 13) & 1) === 0) return logical
  return logical * 2 ** (word(106) & 0xf)
}

function rotation(word: number): number | null {
  if (word === 1) return 0
  return word >= 0x401 && word <= 0xfffe ? word : null
}

function standardOf(word: number): string | null {
  if (word === 0 || word === 0xffff) return null
  return [...ataStandards].findLast(([number]) => ((word >> number) & 1) === 1)?.[1] ?? null
}

function isSata(word: Word): boolean {
  return word(76) !== 0 && word(76) !== 0xffff
}

function featuresOf(word: Word, bit: Bit): AtaIdentify['features'] {
  const set = (at: number, number: number) => {
    const isTold = at === 82 || isValid(word(83))
    const supported = isTold && bit(at, number)
    return { supported, enabled: supported && bit(at + 3, number) }
  }
  const only = (supported: boolean) => ({ supported, enabled: supported })
  const extended = (number: number) => {
    const supported = isValid(word(84)) && bit(84, number)
    return { supported, enabled: supported && isValid(word(87)) && bit(87, number) }
  }
  return {
    smart: set(82, 0),
    security: set(82, 1),
    powerManagement: set(82, 3),
    writeCache: set(82, 5),
    readLookAhead: set(82, 6),
    hostProtectedArea: set(82, 10),
    advancedPowerManagement: set(83, 3),
    acousticManagement: set(83, 9),
    largeAddresses: set(83, 10),
    smartErrorLog: extended(0),
    smartSelfTest: extended(1),
    generalPurposeLogging: extended(5),
    deviceStatistics: only(isValid(word(84)) && bit(84, 5)),
    trim: only(bit(169, 0)),
    sanitize: only(bit(59, 12)),
    zonedBlocks: only((word(69) & 3) === 1 || (word(69) & 3) === 2),
  }
}

function securityOf(word: Word, bit: Bit): NonNullable<AtaIdentify['security']> {
  return {
    enabled: bit(128, 1),
    locked: bit(128, 2),
    frozen: bit(128, 3),
    countExpired: bit(128, 4),
    enhancedErase: bit(128, 5),
    maximumLevel: bit(128, 8),
    eraseMinutes: eraseMinutes(word(89)),
    enhancedEraseMinutes: eraseMinutes(word(90)),
  }
}

/** Units of two minutes, in eight bits or, with bit 15, in fifteen; 0: not told, all ones: more. */
function eraseMinutes(word: number): number | null {
  const most = (word & 0x8000) === 0 ? 0xff : 0x7fff
  const units = Math.min(word & most, most - 1)
  return units === 0 ? null : units * 2
}
