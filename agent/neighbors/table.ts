import { DecodeError } from '../../protocol/errors.ts'
import type { NeighborFrame } from '../../protocol/facts/lldp.ts'
import type { Neighbor } from '../../protocol/facts/neighbors.ts'

/** A neighbour, and until when its word counts, on the monotonic clock. */
interface Entry {
  readonly neighbor: Neighbor
  readonly expiresAtMs: number
  /** To see what changed. */
  readonly text: string
  /** The frame that said it. */
  readonly bytes: Uint8Array
}

/** Neighbours of one port by what they are told apart by: protocol, chassis and port. */
export type NeighborTable = Map<string, Entry>

/** Neighbours kept of a port: a cable has one, a hub or a bridge that floods has some. */
export const maxNeighborsPerPort = 16

/** TLVs whose content is in the summary. */
const summarized: ReadonlySet<string> = new Set([
  'end',
  'chassis-id',
  'port-id',
  'time-to-live',
  'port-description',
  'system-name',
  'system-description',
  'system-capabilities',
  'management-address',
  'device-id',
  'addresses',
  'capabilities',
  'software-version',
  'management-addresses',
])

/**
 * Takes in what a frame says. `changed`: something is known now that was not; `full`: a neighbour
 * beyond {@link maxNeighborsPerPort}, not kept; `ignored`: no announcement, or without the chassis and
 * port that make one (802.1AB-2016 §9.2.7.7.2).
 */
export function hear(
  table: NeighborTable,
  frame: NeighborFrame,
  bytes: Uint8Array,
  nowMs: number,
): 'changed' | 'same' | 'full' | 'ignored' {
  const neighbor = neighborOf(frame)
  if (neighbor === null) return 'ignored'
  const { protocol, chassisIdKind, chassisId, portIdKind, portId, timeToLiveSeconds } = neighbor
  const key = JSON.stringify([protocol, chassisIdKind, chassisId, portIdKind, portId])
  // A neighbour that goes says so with a time of 0 (§9.2.7.7.3).
  if (timeToLiveSeconds === 0) return table.delete(key) ? 'changed' : 'same'
  const before = table.get(key)
  if (before === undefined && table.size >= maxNeighborsPerPort) return 'full'
  const text = JSON.stringify(neighbor)
  const expiresAtMs = nowMs + (timeToLiveSeconds ?? unsaidSeconds) * 1000
  table.set(key, { neighbor, expiresAtMs, text, bytes })
  return before?.text === text ? 'same' : 'changed'
}

/** Where a frame does not say for how long it counts: the time to live that senders use. */
const unsaidSeconds = 120

/** Drops those whose time is over; true where there was one. */
export function expire(table: NeighborTable, nowMs: number): boolean {
  const before = table.size
  for (const [key, { expiresAtMs }] of table) if (expiresAtMs <= nowMs) table.delete(key)
  return table.size !== before
}

/** The neighbours in an order that does not depend on who spoke first. */
export function neighborsIn(table: NeighborTable): readonly Neighbor[] {
  return inOrder(table).map(({ neighbor }) => neighbor)
}

/** The last frame of each neighbour, in the same order. */
export function framesIn(table: NeighborTable): readonly Uint8Array[] {
  return inOrder(table).map(({ bytes }) => bytes)
}

function inOrder(table: NeighborTable): readonly Entry[] {
  return [...table].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
}

/** Null for a frame that announces nobody; throws for one that says more than facts may hold. */
function neighborOf(frame: NeighborFrame): Neighbor | null {
  const { protocol, summary, source, tlvs } = frame
  if (summary === null || (protocol !== 'lldp' && protocol !== 'cdp')) return null
  if (summary.chassisId === null || summary.portId === null) return null
  const details = tlvs.flatMap(({ name, fields }) =>
    fields === null || summarized.has(name) ? [] : [{ name, fields }],
  )
  const { managementAddresses, capabilities } = summary
  if (details.length > 256 || managementAddresses.length > 64 || capabilities.length > 32) {
    throw new DecodeError(`Cannot keep ${protocol} frame: it says more than any neighbour does`)
  }
  return { ...summary, protocol, sourceMac: source, details }
}
