/** One value a file, as /sys and parts of /proc give them. Reading apart from meaning. */
import { DecodeError } from '../../protocol/errors.ts'
import type { Host } from '../host.ts'
import { errorCode } from './error-code.ts'

/**
 * With these a kernel file says "there is no such value now": the speed of a link that is down, a
 * port name the driver does not know, a device that has just gone.
 */
const noValue = new Set(['EINVAL', 'ENODATA', 'ENODEV', 'ENOTSUP', 'ENXIO', 'EOPNOTSUPP'])

/** The trimmed value; null when the file is missing, empty, or the kernel has no value now. */
export async function attribute(host: Host, path: string): Promise<string | null> {
  try {
    const text = (await host.text(path))?.trim()
    return text === undefined || text === '' ? null : text
  } catch (error) {
    if (noValue.has(errorCode(error) ?? '')) return null
    throw error
  }
}

/** Bytes of a binary attribute; null as in {@link attribute}. */
export async function binaryAttribute(host: Host, path: string): Promise<Uint8Array | null> {
  try {
    const bytes = await host.bytes(path)
    return bytes === undefined || bytes.length === 0 ? null : bytes
  } catch (error) {
    if (noValue.has(errorCode(error) ?? '')) return null
    throw error
  }
}

/** A decimal number from 0; null without a value or below 0, as the kernel writes "none" as -1. */
export async function countAttribute(host: Host, path: string): Promise<number | null> {
  const text = await attribute(host, path)
  if (text === null || /^-\d+$/.test(text)) return null
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new DecodeError(`Cannot read ${path}: want a number, found '${text.slice(0, 64)}'`)
}

/**
 * Bytes of a count of sectors of 512 bytes, which sysfs has whatever the logical block size is; null
 * as in {@link countAttribute}. Throws for what is no exact number: from 8 PiB on.
 */
export async function sectorsAttribute(host: Host, path: string): Promise<number | null> {
  const sectors = await countAttribute(host, path)
  if (sectors === null || Number.isSafeInteger(sectors * 512)) {
    return sectors === null ? null : sectors * 512
  }
  throw new DecodeError(`Cannot take ${path}: ${sectors} sectors are no exact number of bytes`)
}

/** `1` or `0`; null without a value. */
export async function flagAttribute(host: Host, path: string): Promise<boolean | null> {
  const text = await attribute(host, path)
  if (text === null) return null
  if (text === '1' || text === '0') return text === '1'
  throw new DecodeError(`Cannot read ${path}: want 0 or 1, found '${text.slice(0, 64)}'`)
}

/** Longer, or with other characters, no driver and no device has a name (`kernelName`). */
const linkedName = /^[^\p{Cc}/]{1,64}$/u

/** A word that a driver gives, `acpitz`; null without a value. Throws for what is no `kernelName`. */
export async function nameAttribute(host: Host, path: string): Promise<string | null> {
  const text = await attribute(host, path)
  if (text === null || /^[^\p{Cc}]{1,64}$/u.test(text)) return text
  throw new DecodeError(`Cannot read ${path}: want a name, found '${text.slice(0, 64)}'`)
}

/** Last part of where a link points: the driver of `.../driver`; null when there is no such name. */
export async function linkName(host: Host, path: string): Promise<string | null> {
  const target = await host.link(path)
  const name = target?.split('/').at(-1) ?? ''
  return linkedName.test(name) ? name : null
}

/** Where a link in the folder `folder` points, as a path without `..`. */
export function resolveLink(folder: string, target: string): string {
  const parts: string[] = []
  for (const part of `${target.startsWith('/') ? '' : folder}/${target}`.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** PCI addresses on a device path, from the root bus to the device. */
export function pciAddressesIn(path: string): readonly string[] {
  return path
    .split('/')
    .filter((part) => /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(part))
}
