import type { Clock } from '../../protocol/effects.ts'
import { type Discovered, discovered } from '../discovery/discovered.ts'
import { nvmlLibrary, nvmlRecording } from '../discovery/gpu/nvidia.ts'
import type { Host } from '../host.ts'
import { recordNeighbors } from '../neighbors/record.ts'
import { askNvml } from '../nvml/ask.ts'
import { Recorder, type Recording } from './recorder.ts'

/** A machine recorded, and what was found on it meanwhile. */
export interface Capture {
  readonly recording: Recording
  readonly found: Discovered
}

/**
 * Records what every probe reads of a machine: `discover` of the recording finds the same facts. Where
 * it listens for some seconds first, it finds the neighbours that were heard.
 */
export async function captureMachine(
  host: Host,
  clock: Clock,
  signal: AbortSignal,
  listenSeconds = 0,
): Promise<Capture> {
  const recorder = new Recorder(host)
  if (host.live && listenSeconds > 0) {
    const heard = await recordNeighbors(host, clock, listenSeconds, signal)
    for (const [path, bytes] of heard) recorder.add(path, bytes)
  }
  const library = host.live ? await nvmlLibrary(host) : null
  if (library !== null) {
    // A library without its driver has nothing to tell; the probe says so where there is a GPU.
    const report = await askNvml(library).catch(() => null)
    if (report !== null) {
      recorder.add(nvmlRecording, new TextEncoder().encode(`${JSON.stringify(report)}\n`))
    }
  }
  const found = await discovered(recorder.host, clock, signal)
  return { recording: await recorder.recording(), found }
}
