import { DecodeError } from '../../../protocol/errors.ts'
import type { Host } from '../../host.ts'
import { all } from '../probe.ts'
import { attribute } from '../sysfs.ts'

/** What a folder with one counter a file holds. */
export interface Counters {
  readonly counts: Readonly<Record<string, number>>
  /** Files that hold words and no number: `N/A (no PMA)`, or all ones in Fibre Channel. */
  readonly unkept: readonly string[]
}

/** Reads those counters in `folder` whose name `wanted` takes; null when there is no such folder. */
export async function readCounters(
  host: Host,
  folder: string,
  wanted: (name: string) => boolean,
): Promise<Counters | null> {
  const names = await host.list(folder)
  if (names.length === 0) return null
  const read = await all(names.filter(wanted), async (name) => {
    const text = await attribute(host, `${folder}/${name}`)
    return { name, value: text === null ? undefined : counterOf(text) }
  })
  return {
    counts: Object.fromEntries(
      read.flatMap(({ name, value }) => (typeof value === 'number' ? [[name, value]] : [])),
    ),
    unkept: read.flatMap(({ name, value }) => (value === null ? [name] : [])),
  }
}

/** All ones stand for "not kept" in include/scsi/scsi_transport_fc.h. */
const notKept = 0xffff_ffff_ffff_ffffn

/** A decimal or `0x` number; null for a counter that is not kept. */
function counterOf(text: string): number | null {
  if (/^N\/A/i.test(text)) return null
  if (!/^(\d{1,20}|0x[0-9a-f]{1,16})$/i.test(text)) {
    throw new DecodeError(`Cannot read a counter: want a number, found '${text.slice(0, 64)}'`)
  }
  const value = BigInt(text)
  if (value === notKept) return null
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
  throw new DecodeError(`Cannot read a counter: ${text} is more than anything can count`)
}
