import { DecodeError } from '../../../../protocol/errors.ts'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import type { IpmiFru } from '../../../../protocol/facts/ipmi.ts'
import { bytesOfHexText } from '../hex-text.ts'
import { toHex, u8 } from '../integers.ts'
import { chassisTypes } from '../smbios/names.ts'
import { nameOf } from '../smbios/table.ts'
import { fruFields, isEnglish } from './fru-fields.ts'
import { fruRecords } from './fru-records.ts'

/** A FRU's inventory as `ipmitool fru read` writes it, or a hexadecimal text of it. */
export function decodeFruFile(file: Uint8Array): IpmiFru {
  return decodeFru(bytesOfHexText(file) ?? file)
}

/** The FRU format has this version, table 8-1. */
const formatVersion = 1
/** Offsets and lengths count 8 bytes. */
const unitBytes = 8

/**
 * The inventory area of a field replaceable unit: IPMI Platform Management FRU Information Storage
 * Definition 1.0 revision 1.3. An area that cannot be read leaves a finding and costs itself.
 */
export function decodeFru(bytes: Uint8Array): IpmiFru {
  if (bytes.length < unitBytes || (u8(bytes, 0) & 0x0f) !== formatVersion) {
    throw new DecodeError('Cannot read FRU: want a common header of version 1 first')
  }
  const findings: Finding[] = []
  if (sumOf(bytes.subarray(0, unitBytes)) !== 0) note(findings, 'the common header has a wrong sum')
  const area = (name: string, at: number) => areaAt(bytes, at, name, findings)
  const chassis = area('chassis', 2)
  const board = area('board', 3)
  const product = area('product', 4)
  return {
    chassis: chassis === null ? null : chassisOf(chassis, findings),
    board: board === null ? null : boardOf(board, findings),
    product: product === null ? null : productOf(product, findings),
    records: fruRecords(bytes, u8(bytes, 5) * unitBytes, (what) => note(findings, what)),
    findings,
  }
}

/** The area that byte `at` of the header points to; null without one. */
function areaAt(
  bytes: Uint8Array,
  at: number,
  name: string,
  findings: Finding[],
): Uint8Array | null {
  const start = u8(bytes, at) * unitBytes
  if (start === 0) return null
  const length = (bytes[start + 1] ?? 0) * unitBytes
  if (
    length === 0 ||
    start + length > bytes.length ||
    (u8(bytes, start) & 0x0f) !== formatVersion
  ) {
    note(findings, `the ${name} area at byte ${start} of ${bytes.length} cannot be read`)
    return null
  }
  const area = bytes.subarray(start, start + length)
  if (sumOf(area) !== 0) note(findings, `the ${name} area has a wrong sum`)
  return area
}

function chassisOf(area: Uint8Array, findings: Finding[]): IpmiFru['chassis'] {
  const [part, serial, ...extra] = fields(area, 3, true, 'chassis', findings)
  const code = u8(area, 2)
  return {
    type: nameOf(chassisTypes, code) ?? `0x${toHex(code, 2)}`,
    part: part ?? null,
    serial: serial ?? null,
    extra,
  }
}

function boardOf(area: Uint8Array, findings: Finding[]): IpmiFru['board'] {
  const [manufacturer, product, serial, part, fruFileId, ...extra] = fields(
    area,
    6,
    isEnglish(u8(area, 2)),
    'board',
    findings,
  )
  return {
    manufacturedAt: minuteOf(u8(area, 3) | (u8(area, 4) << 8) | (u8(area, 5) << 16)),
    manufacturer: manufacturer ?? null,
    product: product ?? null,
    serial: serial ?? null,
    part: part ?? null,
    fruFileId: fruFileId ?? null,
    extra,
  }
}

function productOf(area: Uint8Array, findings: Finding[]): IpmiFru['product'] {
  const [manufacturer, product, part, version, serial, assetTag, fruFileId, ...extra] = fields(
    area,
    3,
    isEnglish(u8(area, 2)),
    'product',
    findings,
  )
  return {
    manufacturer: manufacturer ?? null,
    product: product ?? null,
    part: part ?? null,
    version: version ?? null,
    serial: serial ?? null,
    assetTag: assetTag ?? null,
    fruFileId: fruFileId ?? null,
    extra,
  }
}

function fields(
  area: Uint8Array,
  start: number,
  english: boolean,
  name: string,
  findings: Finding[],
): readonly (string | null)[] {
  const { texts, ended } = fruFields(area, start, english)
  if (!ended) note(findings, `the fields of the ${name} area have no end`)
  return texts
}

const epoch = Date.UTC(1996, 0, 1)

/** Minutes since 1996-01-01; 0 is "unspecified" (§11). */
function minuteOf(minutes: number): string | null {
  if (minutes === 0) return null
  return `${new Date(epoch + minutes * 60_000).toISOString().slice(0, 16)}Z`
}

/** 0 where the checksum is right. */
function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (total + byte) & 0xff, 0)
}

function note(findings: Finding[], what: string): void {
  if (findings.length >= 16) return
  findings.push({
    code: 'ipmi.bad-fru',
    severity: 'warning',
    subject: 'fru',
    message: `FRU inventory: ${what}`,
  })
}
