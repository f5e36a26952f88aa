import type { AtaIdentifyFile } from '../../../../protocol/facts/ata-details.ts'
import { toHex, u16le } from '../integers.ts'
import { featureWords, markedWords } from './identify-features.ts'
import { ataStandards } from './identify.ts'

type Details = AtaIdentifyFile['details']
type Word = (at: number) => number

/** The rest of IDENTIFY DEVICE data of 512 bytes, ACS-5 §7.13.6; obsolete words by ATA8-ACS. */
export function decodeIdentifyDetails(bytes: Uint8Array): Details {
  const word: Word = (at) => u16le(bytes, at * 2)
  const multiple = word(59)
  const acoustic = word(94)
  const hasLevel = isMarked(word(83)) && ((word(83) & word(86)) >> 3) % 2 === 1
  return {
    removableMedium: (word(0) & 0x80) !== 0,
    transport: transportOf(word(222)),
    standards: standardsOf(word(80)),
    minorVersion: told(word(81)) === null ? null : toHex(word(81), 4),
    bufferSizeBytes: word(20) <= 3 ? scaled(told(word(21)), 512) : null,
    maximumMultipleSectors: told(word(47) & 0xff),
    multipleSectors: (multiple & 0x100) === 0 ? null : told(multiple & 0xff),
    transferModes: transferModes(word),
    cycleTimesNanoseconds: cycleTimes(word),
    advancedPowerManagementLevel: hasLevel ? word(91) & 0xff : null,
    acousticManagement:
      told(acoustic) === null ? null : { recommended: acoustic >> 8, current: acoustic & 0xff },
    masterPasswordRevision: (word(82) & 2) === 0 ? null : told(word(92)),
    maximumTrimBlocks: (word(169) & 1) === 0 ? null : told(word(105)),
    features: featuresOf(word),
  }
}

function isMarked(word: number): boolean {
  return word >> 14 === 1
}

/** Words of all zeros or all ones tell nothing. */
function told(word: number): number | null {
  return word === 0 || word === 0xffff ? null : word
}

function scaled(value: number | null, unit: number): number | null {
  return value === null ? null : value * unit
}

function standardsOf(word: number): string[] {
  if (told(word) === null) return []
  return [...ataStandards].flatMap(([bit, name]) => ((word >> bit) % 2 === 1 ? [name] : []))
}

/** Word 222: kind in the highest four bits, versions by bit. */
const parallelVersions = ['ATA8-APT', 'ATA/ATAPI-7 parallel']
const serialVersions =
  'ATA8-AST|SATA 1.0a|SATA II Extensions|SATA 2.5|SATA 2.6|SATA 3.0|SATA 3.1|SATA 3.2|SATA 3.3|SATA 3.4|SATA 3.5'.split(
    '|',
  )

function transportOf(word: number): string | null {
  if (told(word) === null) return null
  const kind = word >> 12
  const versions = kind === 0 ? parallelVersions : kind === 1 ? serialVersions : []
  if (kind === 0xe) return 'PCIe'
  return versions.findLast((_, bit) => (word >> bit) % 2 === 1) ?? null
}

function transferModes(word: Word): Details['transferModes'] {
  const valid = word(53)
  const bits = (value: number, most: number) =>
    Array.from({ length: most + 1 }, (_, mode) => mode).filter((mode) => (value >> mode) % 2 === 1)
  const hasUltra = (valid & 4) !== 0
  const ultra = hasUltra ? bits(word(88), 6) : []
  const [ultraSet] = hasUltra ? bits(word(88) >> 8, 6) : []
  const [multiSet] = bits(word(63) >> 8, 2)
  const more = (valid & 2) === 0 ? [] : bits(word(64), 1).map((mode) => mode + 3)
  return {
    multiwordDma: bits(word(63), 2),
    ultraDma: ultra,
    pio: more.length === 0 ? [] : [0, 1, 2, ...more],
    selected:
      ultraSet !== undefined
        ? `udma${ultraSet}`
        : multiSet !== undefined
          ? `mdma${multiSet}`
          : null,
  }
}

function cycleTimes(word: Word): Details['cycleTimesNanoseconds'] {
  const time = (at: number) => ((word(53) & 2) === 0 ? null : told(word(at)))
  return {
    multiwordDma: time(65),
    recommendedMultiwordDma: time(66),
    pio: time(67),
    pioWithFlowControl: time(68),
  }
}

function featuresOf(word: Word): Details['features'] {
  return featureWords.flatMap(({ supported, enabled, names }) => {
    if (!isThere(word, supported) || !isThere(word, enabled)) return []
    return names.flatMap((name, bit) =>
      name === '' || (word(supported) >> bit) % 2 === 0
        ? []
        : [{ name, enabled: (word(enabled) >> bit) % 2 === 1 }],
    )
  })
}

/** Whether the bits of a word are names of features and not something else. */
function isThere(word: Word, at: number): boolean {
  if (markedWords.has(at)) {
    const isTold = (at !== 119 && at !== 120) || word(86) >> 15 === 1
    return isTold && isMarked(word(at))
  }
  // Words 82 and 85 are told together with 83.
  if (at === 82 || at === 85) return isMarked(word(83))
  if (at === 206) return word(at) !== 0xffff && (word(at) & 1) === 1
  if (at === 59) return (word(at) & 0x1000) !== 0
  return word(at) !== 0xffff
}
