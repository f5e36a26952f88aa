import type { Clock } from '../../protocol/effects.ts'
import { discovered } from '../discovery/discovered.ts'
import { nvmlLibrary, nvmlRecording } from '../discovery/gpu/nvidia.ts'
import type { Host } from '../host.ts'
import { askNvml } from '../nvml/ask.ts'
import { Recorder, type Recording } from './recorder.ts'

/** Records what every probe reads of a machine: `discover` of the recording finds the same facts. */
export async function captureMachine(
  host: Host,
  clock: Clock,
  signal: AbortSignal,
): Promise<Recording> {
  const recorder = new Recorder(host)
  const library = host.live ? await nvmlLibrary(host) : null
  if (library !== null) {
    // A library without its driver has nothing to tell; the probe says so where there is a GPU.
    const report = await askNvml(library).catch(() => null)
    if (report !== null) {
      recorder.add(nvmlRecording, new TextEncoder().encode(`${JSON.stringify(report)}\n`))
    }
  }
  await discovered(recorder.host, clock, signal)
  return recorder.recording()
}
