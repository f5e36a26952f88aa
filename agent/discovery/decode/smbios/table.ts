import { DecodeError } from '../../../../protocol/errors.ts'
import { maxTextLength } from '../device-text.ts'
import { toHex, u16le, u32le, u8 } from '../integers.ts'

/** What DSP0134 §5.2 says where the table is and how it is to be read. */
export interface SmbiosEntryPoint {
  readonly major: number
  readonly minor: number
  /** Most bytes the table may have. */
  readonly tableSizeBytes: number
  /** Null in 3.x entry points: the table ends at its type 127 structure. 0: not told. */
  readonly structureCount: number | null
  /** Where the table is: in memory, or in a file that `dmidecode --dump-bin` wrote. */
  readonly tableAddress: number
}

/** One structure of the table (§6.1.2). */
export interface SmbiosStructure {
  readonly type: number
  readonly handle: number
  /** The formatted area with its 4-byte header. */
  readonly bytes: Uint8Array
  /** The text strings after it (§6.1.3); number 1 is the first. */
  readonly strings: readonly string[]
}

/** A place where the table is not as the standard says. */
export interface SmbiosIssue {
  readonly code:
    | 'smbios.truncated'
    | 'smbios.bad-structure'
    | 'smbios.long-string'
    | 'smbios.handle-twice'
  readonly message: string
}

/** All structures that can be read, and what kept the others from it. */
export interface SmbiosTable {
  readonly structures: readonly SmbiosStructure[]
  readonly issues: readonly SmbiosIssue[]
}

/** `_SM_` (2.1, §5.2.1), `_SM3_` (3.0, §5.2.2) or bare `_DMI_` entry point. */
export function decodeEntryPoint(bytes: Uint8Array): SmbiosEntryPoint {
  if (startsWith(bytes, 0, '_SM3_')) {
    checkSum(bytes, 0, [u8(bytes, 6)])
    return {
      major: u8(bytes, 7),
      minor: u8(bytes, 8),
      tableSizeBytes: u32le(bytes, 0x0c),
      structureCount: null,
      tableAddress: u32le(bytes, 0x10) + u32le(bytes, 0x14) * 2 ** 32,
    }
  }
  if (startsWith(bytes, 0, '_SM_')) {
    // Version 2.1 of the standard said 1Eh by mistake: firmware sums as many bytes, or all of them.
    const length = u8(bytes, 5)
    checkSum(bytes, 0, length === 0x1e ? [0x1e, 0x1f] : [Math.max(length, 0x1f)])
    return { ...legacyFields(bytes, 0x10), ...knownVersion(u8(bytes, 6), u8(bytes, 7)) }
  }
  if (startsWith(bytes, 0, '_DMI_')) return legacyFields(bytes, 0)
  throw new DecodeError("Cannot read SMBIOS entry point: want '_SM3_', '_SM_' or '_DMI_' first")
}

/** Walks the table. Never throws: whatever the bytes, what can be read is returned. */
export function decodeTable(table: Uint8Array, entryPoint: SmbiosEntryPoint): SmbiosTable {
  const end = Math.min(table.length, entryPoint.tableSizeBytes)
  const most = entryPoint.structureCount || Number.POSITIVE_INFINITY
  const structures: SmbiosStructure[] = []
  const issues: SmbiosIssue[] = []
  let at = 0
  while (at + 4 <= end && structures.length < most) {
    const type = u8(table, at)
    const length = u8(table, at + 1)
    if (length < 4) {
      issues.push(issueAt('smbios.bad-structure', at, `length ${length} of type ${type}`))
      break
    }
    if (at + length > end) {
      issues.push(issueAt('smbios.truncated', at, `type ${type} ends past the table`))
      break
    }
    const handle = u16le(table, at + 2)
    const fixed = managementDeviceLength(table, at, length)
    if (fixed !== length) {
      issues.push(
        issueAt('smbios.bad-structure', at, `type 34 with length ${length}, it has ${fixed}`),
      )
    }
    const strings = readStrings(table, at + fixed, end)
    for (const long of strings.long) {
      issues.push(issueAt('smbios.long-string', at, `string ${long} of type ${type}`))
    }
    structures.push({
      type,
      handle,
      bytes: table.subarray(at, at + fixed),
      strings: strings.texts,
    })
    if (strings.next === null) {
      issues.push(issueAt('smbios.truncated', at, `strings of type ${type} end past the table`))
      break
    }
    at = strings.next
    if (type === 127 && entryPoint.structureCount === null) break
  }
  return { structures, issues }
}

/**
 * The string whose number (§6.1.3) is at `offset`; null for number 0, a number that names none, and a
 * text longer than a fact may have.
 */
export function stringAt(structure: SmbiosStructure, offset: number): string | null {
  const text = wholeStringAt(structure, offset)
  return text === null || text.length > maxTextLength ? null : text
}

/** {@link stringAt} of any length, without the blanks that pad it. */
export function paddedStringAt(structure: SmbiosStructure, offset: number): string | null {
  const text = wholeStringAt(structure, offset)
  return text === null ? null : withoutPadding(text)
}

/** Without the blanks at both ends; other white space is no padding. */
export function withoutPadding(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && text[start] === ' ') start++
  while (end > start && text[end - 1] === ' ') end--
  return text.slice(start, end)
}

function wholeStringAt(structure: SmbiosStructure, offset: number): string | null {
  const index = structure.bytes[offset]
  return index === undefined || index === 0 ? null : (structure.strings[index - 1] ?? null)
}

/** A byte that older versions of the structure do not have: null past its formatted area. */
export function byteAt(structure: SmbiosStructure, offset: number): number | null {
  return structure.bytes[offset] ?? null
}

/** A 16-bit field, null past the formatted area. */
export function wordAt(structure: SmbiosStructure, offset: number): number | null {
  return offset + 2 > structure.bytes.length ? null : u16le(structure.bytes, offset)
}

/** A 32-bit field, null past the formatted area. */
export function doubleWordAt(structure: SmbiosStructure, offset: number): number | null {
  return offset + 4 > structure.bytes.length ? null : u32le(structure.bytes, offset)
}

/** A 64-bit count that must be exact: null past the formatted area or above 2^53. */
export function quadWordAt(structure: SmbiosStructure, offset: number): number | null {
  if (offset + 8 > structure.bytes.length) return null
  const value = u32le(structure.bytes, offset) + u32le(structure.bytes, offset + 4) * 2 ** 32
  return Number.isSafeInteger(value) ? value : null
}

/**
 * The name a standard's list gives `code`; null where it means "unknown" (null in the list) or the
 * structure has no such field; `0x2a` where the list ends before it.
 */
export function nameOf(names: readonly (string | null)[], code: number | null): string | null {
  if (code === null) return null
  const name = names[code]
  return name === undefined ? `0x${toHex(code, 2)}` : name
}

/**
 * Firmware of several boards writes type 34 as 16 bytes long, which cuts the first five letters off
 * its string; its formatted area has 11 (§7.35).
 */
function managementDeviceLength(table: Uint8Array, at: number, length: number): number {
  if (table[at] !== 34 || length !== 16) return length
  const hidden = table.subarray(at + 11, at + 16)
  return hidden.every((byte) => byte >= 0x20 && byte < 0x7f) ? 11 : length
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
/** Of a string, in characters; a longer one is left empty. */
const maxStringLength = 4096

interface StringArea {
  readonly texts: readonly string[]
  /** Numbers of strings that no fact about the machine can hold. */
  readonly long: readonly number[]
  /** Where the next structure starts; null when the table ends before these strings do. */
  readonly next: number | null
}

function readStrings(table: Uint8Array, start: number, end: number): StringArea {
  const texts: string[] = []
  const long: number[] = []
  // The first two NULs end it, whether there are strings before them or not.
  let close = table.indexOf(0, start)
  while (close >= 0 && close + 1 < end && table[close + 1] !== 0) {
    close = table.indexOf(0, close + 1)
  }
  const isClosed = close >= 0 && close + 1 < end
  let at = start
  while (at < end && table[at] !== 0) {
    const nul = table.indexOf(0, at)
    if (nul < 0 || nul >= end) break
    const text = textOf(table.subarray(at, nul))
    if (text.length > maxTextLength) long.push(texts.length + 1)
    texts.push(text.length > maxStringLength ? '' : text)
    at = nul + 1
  }
  return { texts, long, next: isClosed ? close + 2 : null }
}

/** UTF-8 (§6.1.3). In text that is none, every byte above ASCII becomes a replacement character. */
function textOf(bytes: Uint8Array): string {
  const text = utf8.decode(bytes)
  if (!text.includes('\uFFFD')) return text
  return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : '\uFFFD')).join('')
}

function issueAt(code: SmbiosIssue['code'], at: number, what: string): SmbiosIssue {
  return { code, message: `SMBIOS structure at byte ${at}: ${what}` }
}

function legacyFields(bytes: Uint8Array, start: number): SmbiosEntryPoint {
  if (!startsWith(bytes, start, '_DMI_')) {
    throw new DecodeError("Cannot read SMBIOS entry point: want '_DMI_' at byte 16")
  }
  checkSum(bytes, start, [0x0f])
  const revision = u8(bytes, start + 0x0e)
  return {
    major: revision >> 4,
    minor: revision & 0xf,
    tableSizeBytes: u16le(bytes, start + 6),
    structureCount: u16le(bytes, start + 0x0c),
    tableAddress: u32le(bytes, start + 8),
  }
}

/** Versions that firmware is known to write wrongly, as dmidecode corrects them. */
function knownVersion(major: number, minor: number): { major: number; minor: number } {
  if (major === 2 && (minor === 0x1f || minor === 0x21)) return { major: 2, minor: 3 }
  if (major === 2 && minor === 0x33) return { major: 2, minor: 6 }
  return { major, minor }
}

function startsWith(bytes: Uint8Array, start: number, anchor: string): boolean {
  const found = bytes.subarray(start, start + anchor.length)
  return found.length === anchor.length && utf8.decode(found) === anchor
}

/** Wants the bytes of one of the lengths to sum up to 0. */
function checkSum(bytes: Uint8Array, start: number, lengths: readonly number[]): void {
  const longest = start + Math.max(...lengths)
  if (longest > bytes.length) {
    throw new DecodeError(
      `Cannot read SMBIOS entry point: want ${longest} bytes, found ${bytes.length}`,
    )
  }
  const isZero = lengths.some((length) => {
    const summed = bytes.subarray(start, start + length)
    return summed.reduce((total, byte) => total + byte, 0) % 256 === 0
  })
  if (!isZero) throw new DecodeError('Cannot read SMBIOS entry point: its sum is not 0')
}
