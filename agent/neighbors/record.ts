import type { Clock } from '../../protocol/effects.ts'
import { announcementsFolder } from '../discovery/paths.ts'
import type { Host } from '../host.ts'
import { listenFor } from './news.ts'

/** `listenFor`, as files of a recording: what was last heard of each neighbour, a file for each port. */
export async function recordNeighbors(
  host: Host,
  clock: Clock,
  seconds: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { frames } = await listenFor(host, clock, seconds, signal)
  return new Map(
    [...frames].map(([name, heard]) => [`${announcementsFolder}/${name}.pcap`, pcapOf(heard)]),
  )
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
