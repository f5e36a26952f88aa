import type { Clock } from '../protocol/effects.ts'
import { DecodeError, errorChain } from '../protocol/errors.ts'
import type { Finding } from '../protocol/facts/finding.ts'
import { type Telemetry, telemetry } from '../protocol/facts/telemetry.ts'
import { paths } from './discovery/paths.ts'
import { type Host, liveHost } from './host.ts'

/** Byte counters of an interface at one moment. */
export interface NetworkCounters {
  readonly name: string
  readonly receivedBytes: number
  readonly transmittedBytes: number
}

/** Where the figures come from. */
export interface TelemetrySource {
  readonly memory: () => Promise<Telemetry['memory']>
  /** Share of CPU time since the last call, 0 to 1. */
  readonly cpuLoadRatio: () => Promise<number>
  readonly network: (names: readonly string[]) => Promise<readonly NetworkCounters[]>
}

/**
 * A function that reads how busy this machine is. It gives null when a reading fails, and tells
 * `report` the first time; the next call tries again.
 */
export function createTelemetry(
  clock: Clock,
  host: Host = liveHost(),
  report: (finding: Finding) => void = () => undefined,
  open: () => Promise<TelemetrySource> = systeminformationSource,
): () => Promise<Telemetry | null> {
  let before: { readonly atMs: number; readonly counters: readonly NetworkCounters[] } | null = null
  let reported = false
  return async () => {
    try {
      const source = await open()
      const [memory, loadRatio, counters] = await Promise.all([
        source.memory(),
        source.cpuLoadRatio(),
        interfaceNames(host).then((names) => source.network(names)),
      ])
      const now = { atMs: clock.monotonic(), counters }
      const interfaces = counters.map((counter) => ({ ...counter, ...rates(counter, now, before) }))
      before = now
      return checked({ memory, cpu: { loadRatio }, interfaces })
    } catch (error) {
      if (!reported) report(failure(error))
      reported = true
      return null
    }
  }
}

/**
 * The `systeminformation` library, for these three figures only: the rest of it needs a shell and
 * tools that an initramfs does not have, and then answers with empty values.
 */
async function systeminformationSource(): Promise<TelemetrySource> {
  const library = await import('systeminformation')
  return {
    async memory() {
      const { total, available, used } = await library.mem()
      return { sizeBytes: total, availableSizeBytes: available, usedSizeBytes: used }
    },
    async cpuLoadRatio() {
      const { currentLoad } = await library.currentLoad()
      return Math.min(Math.max(currentLoad / 100, 0), 1)
    },
    async network(names) {
      if (names.length === 0) return []
      const found = await library.networkStats(names.join(','))
      return found.map(({ iface, rx_bytes, tx_bytes }) => ({
        name: iface,
        receivedBytes: rx_bytes,
        transmittedBytes: tx_bytes,
      }))
    },
  }
}

/** Interfaces of devices whose names are plain enough to be handed to a library that runs a shell. */
async function interfaceNames(host: Host): Promise<readonly string[]> {
  const names = (await host.list(paths.net)).filter((name) => /^[a-z][a-z0-9_.-]*$/i.test(name))
  const devices = await Promise.all(
    names.map(async (name) => (await host.link(`${paths.net}/${name}/device`)) !== undefined),
  )
  return names.filter((_, index) => devices[index])
}

function rates(
  counter: NetworkCounters,
  now: { readonly atMs: number },
  before: { readonly atMs: number; readonly counters: readonly NetworkCounters[] } | null,
) {
  const old = before?.counters.find(({ name }) => name === counter.name)
  const seconds = (now.atMs - (before?.atMs ?? now.atMs)) / 1000
  if (old === undefined || seconds <= 0) {
    return { receivedBytesPerSecond: null, transmittedBytesPerSecond: null }
  }
  // A counter that went back was reset: nothing is known of the time between.
  const rate = (from: number, to: number) => (to < from ? null : (to - from) / seconds)
  return {
    receivedBytesPerSecond: rate(old.receivedBytes, counter.receivedBytes),
    transmittedBytesPerSecond: rate(old.transmittedBytes, counter.transmittedBytes),
  }
}

/** A library that cannot read gives NaN and the like; those are no figures. */
function checked(value: Telemetry): Telemetry {
  const result = telemetry.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new DecodeError(`Cannot use telemetry: ${issue?.path.join('.')} ${issue?.message}`)
}

function failure(error: unknown): Finding {
  return {
    code: 'telemetry.failed',
    severity: 'warning',
    subject: 'telemetry',
    message: errorChain(error).slice(0, 1024) || 'Telemetry failed without a message',
  }
}
