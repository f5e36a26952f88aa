import type { DiskSignature } from '../../../../protocol/facts/disk-contents.ts'
import { asciiText, deviceText } from '../device-text.ts'
import { hexOf } from '../integers.ts'
import type { DiskView } from './view.ts'

/** What a superblock tells beside its magic number; absent: it has no such field, or it is empty. */
export interface Details {
  /** Where the magic number stands for several formats: which one it is. */
  readonly name?: string
  readonly version?: string | null
  readonly label?: string | null
  readonly uuid?: string | null
}

/** A format that a magic number tells. */
export interface Format {
  readonly name: string
  readonly use: DiskSignature['use']
  /** Where the number may stand; negative counts from the end. */
  readonly offsets: readonly number[] | ((view: DiskView) => readonly number[])
  readonly magic: Uint8Array
  /**
   * Reads on, `at` being where the magic number was found. Throws DecodeError for what is damaged;
   * null: it is something else that has this number there by chance.
   */
  readonly describe?: (view: DiskView, at: number) => Details | null
}

/** 16 bytes in the text form of RFC 9562; null when all are zero. */
export function uuidOf(bytes: Uint8Array, offset: number): string | null {
  const text = hexOf(bytes, offset, offset + 16)
  if (text.length < 32 || /^0+$/.test(text)) return null
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** A fixed field of UTF-8, up to its first NUL. */
export function utf8Of(bytes: Uint8Array, offset: number, length: number): string | null {
  const field = bytes.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return deviceText(utf8.decode(end < 0 ? field : field.subarray(0, end)))
}

/** A fixed field of ASCII, up to its first NUL. */
export function asciiOf(bytes: Uint8Array, offset: number, length: number): string | null {
  return asciiText(bytes.subarray(offset, offset + length))
}

/** A fixed field of UTF-16, up to its first NUL. */
export function utf16Of(
  bytes: Uint8Array,
  offset: number,
  length: number,
  order: 'utf-16le' | 'utf-16be' = 'utf-16le',
): string | null {
  const text = new TextDecoder(order).decode(bytes.subarray(offset, offset + length))
  return deviceText(text.replace(/\0.*$/su, ''))
}

const utf8 = new TextDecoder()
