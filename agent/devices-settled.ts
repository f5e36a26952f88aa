import type { Clock } from '../protocol/effects.ts'
import type { Host } from './host.ts'

/** Written by init when every driver is loaded and the kernel reports no new device. */
const settledPath = '/run/assay/devices-settled'

/** init says so after a minute in any case; past this it is not our init that runs. */
const limitMs = 70_000
const intervalMs = 100

/**
 * Waits until slow devices (USB, SCSI, ATA, NVMe) have appeared, so that what a probe does not see is
 * not there. False when nobody said so in time. Rejects with the signal's reason.
 */
export async function devicesSettled(
  host: Host,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const begunMs = clock.monotonic()
  while ((await host.text(settledPath)) === undefined) {
    if (clock.monotonic() - begunMs > limitMs) return false
    await clock.sleep(intervalMs, signal)
  }
  return true
}
