import type { Clock } from '../../protocol/effects.ts'
import { type Discovered, discovered } from '../discovery/discovered.ts'
import { nvmlLibrary, nvmlRecording } from '../discovery/gpu/nvidia.ts'
import type { Host } from '../host.ts'
import { macOfInterface } from '../neighbors/ports.ts'
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
  const heard =
    host.live && listenSeconds > 0
      ? await recordNeighbors(host, clock, listenSeconds, signal)
      : { files: new Map<string, Uint8Array>(), interfaces: [], facts: null }
  for (const [path, bytes] of heard.files) recorder.add(path, bytes)
  // The probe reads their addresses where it finds what was heard.
  for (const name of heard.interfaces) await macOfInterface(recorder.host, name)
  const library = host.live ? await nvmlLibrary(host) : null
  if (library !== null) {
    // A library without its driver has nothing to tell; the probe says so where there is a GPU.
    const report = await askNvml(library).catch(() => null)
    if (report !== null) {
      recorder.add(nvmlRecording, new TextEncoder().encode(`${JSON.stringify(report)}\n`))
    }
  }
  const found = await discovered(recorder.host, clock, signal)
  const neighbors = heard.facts === null ? {} : { neighbors: heard.facts }
  return {
    recording: await recorder.recording(),
    found: { ...found, facts: { ...found.facts, ...neighbors } },
  }
}
