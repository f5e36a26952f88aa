import { DecodeError } from '../../../../protocol/errors.ts'
import type { Edid } from '../../../../protocol/facts/edid.ts'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import { bytesOfHexText } from '../hex-text.ts'
import { hexOf, toHex, u16be, u16le, u32le, u8 } from '../integers.ts'
import { ctaExtension } from './cta-861.ts'
import { displayDescriptors } from './descriptors.ts'
import { allStandardModes, establishedModes } from './modes.ts'

const blockBytes = 128
const header = '00ffffffffffff00'

/**
 * EDID of a display: VESA E-EDID 1.4 (release A, revision 2) with its extension blocks, as bytes
 * (sysfs `edid`) or as a hexadecimal text of them.
 */
export function decodeEdidFile(file: Uint8Array): Edid {
  const bytes = bytesOfHexText(file) ?? file
  if (bytes.length < blockBytes || hexOf(bytes, 0, 8) !== header) {
    throw new DecodeError('Cannot read EDID: want 128 bytes that begin with 00ffffffffffff00')
  }
  const findings: Finding[] = []
  const base = bytes.subarray(0, blockBytes)
  checkSum(base, 0, findings)
  const extensionCount = u8(base, 126)
  const extensions: Edid['extensions'][number][] = []
  for (let index = 1; index <= extensionCount; index++) {
    const block = bytes.subarray(index * blockBytes, (index + 1) * blockBytes)
    if (block.length < blockBytes) {
      note(findings, `extension block ${index} of ${extensionCount} is not there`)
      break
    }
    checkSum(block, index, findings)
    extensions.push(ctaExtension(block) ?? rawExtension(block))
  }
  return {
    version: `${u8(base, 18)}.${u8(base, 19)}`,
    manufacturerId: lettersOf(u16be(base, 8)),
    productCode: toHex(u16le(base, 10), 4),
    serialNumber: u32le(base, 12) === 0 ? null : u32le(base, 12),
    ...dateOf(u8(base, 16), u8(base, 17)),
    input: inputOf(u8(base, 20), u8(base, 19)),
    ...sizeOf(u8(base, 21), u8(base, 22)),
    gamma: u8(base, 23) === 0xff ? null : (u8(base, 23) + 100) / 100,
    powerStates: (['off', 'suspend', 'standby'] as const).filter(
      (_, bit) => ((u8(base, 24) >> (5 + bit)) & 1) === 1,
    ),
    chromaticity: chromaticityOf(base),
    ...displayDescriptors(base),
    establishedModes: establishedModes(base),
    standardModes: allStandardModes(base),
    extensionCount,
    extensions,
    findings,
  }
}

function rawExtension(block: Uint8Array): Edid['extensions'][number] {
  return { kind: 'raw', tag: toHex(u8(block, 0), 2), data: hexOf(block, 1, blockBytes - 1) }
}

/** §3.4.1: five bits a letter, 1 is A. */
function lettersOf(word: number): string {
  return [10, 5, 0].map((shift) => String.fromCharCode(0x40 + ((word >> shift) & 0x1f))).join('')
}

/** §3.4.4: week 0 is not told, ffh makes the year that of the model. */
function dateOf(
  week: number,
  year: number,
): Pick<Edid, 'manufacturedWeek' | 'manufacturedYear' | 'modelYear'> {
  const isModel = week === 0xff
  return {
    manufacturedWeek: week >= 1 && week <= 54 ? week : null,
    manufacturedYear: isModel || year === 0 ? null : 1990 + year,
    modelYear: isModel ? 1990 + year : null,
  }
}

const depths = [null, 6, 8, 10, 12, 14, 16, null] as const
const interfaces = [null, 'dvi', 'hdmi-a', 'hdmi-b', 'mddi', 'displayport'] as const

/** §3.6.1. Before 1.4 a digital input told no more than that. */
function inputOf(definition: number, revision: number): Edid['input'] {
  if ((definition & 0x80) === 0) return { kind: 'analog' }
  if (revision < 4) return { kind: 'digital', bitsPerColor: null, interface: null }
  return {
    kind: 'digital',
    bitsPerColor: depths[(definition >> 4) & 7] ?? null,
    interface: interfaces[definition & 0x0f] ?? null,
  }
}

/** §3.6.2, in centimetres; with one of them 0 the other is an aspect ratio. */
function sizeOf(
  width: number,
  height: number,
): Pick<Edid, 'widthMillimeters' | 'heightMillimeters'> {
  if (width === 0 || height === 0) return { widthMillimeters: null, heightMillimeters: null }
  return { widthMillimeters: width * 10, heightMillimeters: height * 10 }
}

/** §3.7: ten bits, the lower two apart. */
function chromaticityOf(base: Uint8Array): Edid['chromaticity'] {
  const low = (u8(base, 25) << 8) | u8(base, 26)
  const at = (index: number) => {
    const value = (u8(base, 27 + index) << 2) | ((low >> (14 - index * 2)) & 3)
    return Math.round((value / 1024) * 10_000) / 10_000
  }
  return {
    red: [at(0), at(1)],
    green: [at(2), at(3)],
    blue: [at(4), at(5)],
    white: [at(6), at(7)],
  }
}

function checkSum(block: Uint8Array, index: number, findings: Finding[]): void {
  const sum = block.reduce((total, byte) => (total + byte) & 0xff, 0)
  if (sum !== 0) note(findings, `block ${index} has a wrong sum`)
}

function note(findings: Finding[], what: string): void {
  findings.push({
    code: 'edid.malformed',
    severity: 'warning',
    subject: 'edid',
    message: `EDID: ${what}`,
  })
}
