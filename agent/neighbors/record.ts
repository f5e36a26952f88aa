import type { Clock } from '../../protocol/effects.ts'
import { announcementsFolder } from '../discovery/paths.ts'
import type { Host } from '../host.ts'
import { listenFor } from './news.ts'

/** Neighbours as a recording keeps them. */
export interface RecordedNeighbors {
  /** What was last heard of each, a file for each port. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** The ports. */
  readonly interfaces: readonly string[]
  /** What was found; null where there was no port. */
  readonly facts: unknown
}

/** What {@link listenFor} hears. */
export async function recordNeighbors(
  host: Host,
  clock: Clock,
  seconds: number,
  signal: AbortSignal,
): Promise<RecordedNeighbors> {
  const { events, frames } = await listenFor(host, clock, seconds, signal)
  const told = events.find((event) => event.kind === 'facts')
  return {
    files: new Map(
      [...frames].map(([name, heard]) => [`${announcementsFolder}/${name}.pcap`, pcapOf(heard)]),
    ),
    interfaces: [...frames.keys()],
    facts: told === undefined ? null : told.facts,
  }
}

/** LINKTYPE_ETHERNET of tcpdump.org. */
const ethernet = 1
const snapshotBytes = 65_535

/** A capture in the form of tcpdump, its times left out. */
export function pcapOf(frames: readonly Uint8Array[]): Uint8Array {
  const sizeBytes = frames.reduce((sum, frame) => sum + 16 + frame.length, 24)
  const file = new Uint8Array(sizeBytes)
  const view = new DataView(file.buffer)
  const head = [0xa1b2_c3d4, 0x0004_0002, 0, 0, snapshotBytes, ethernet]
  for (const [index, word] of head.entries()) view.setUint32(index * 4, word, true)
  let at = 24
  for (const frame of frames) {
    view.setUint32(at + 8, frame.length, true)
    view.setUint32(at + 12, frame.length, true)
    file.set(frame, at + 16)
    at += 16 + frame.length
  }
  return file
}
