/**
 * The words facts are made of. Every string and list is bounded: a machine's input is hostile, and a
 * limit that is hit is an error, never a cut.
 */
import { z } from 'zod'

/** `T` with every level read-only: what a parsed fact is to everybody after the parser. */
export type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T

/** Text of a device or its firmware, trimmed, without control characters, never empty. */
export const text = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}]+$/u)

/** {@link text} or null: the device or its firmware says nothing (placeholders count as nothing). */
export const textOrNull = text.nullable()

/** A name the kernel gave: `nvme0n1`, `eth0`, a driver. */
export const kernelName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}]+$/u)

/** Lower-case hexadecimal of exactly `digits` digits, no prefix. */
export function hex(digits: number) {
  return z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))
}

/** `domain:bus:device.function` as the kernel writes it; domains may have up to 8 digits. */
export const pciAddress = z.string().regex(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/)

/** Hardware address in colon form; 6 bytes on Ethernet, 20 on InfiniBand. */
export const macAddress = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5,31}$/)

/** RFC 9562 text form in lower case. */
export const uuidText = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)

/** A whole number from 0, exact in a JavaScript number. */
export const count = z.int().nonnegative()

/** A size or offset in bytes. */
export const bytes = z.int().nonnegative()

/** Numbers of logical CPUs, ascending. Linux builds go to 8192 (NR_CPUS). */
export const cpuNumbers = z.array(z.int().nonnegative().max(65_535)).max(8192)

/** NUMA node of a device; null when the kernel names none. */
export const numaNodeOrNull = z.int().nonnegative().max(65_535).nullable()
