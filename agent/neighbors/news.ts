import type { Clock } from '../../protocol/effects.ts'
import type { NeighborsFacts } from '../../protocol/facts/neighbors.ts'
import type { DiscoveryEvent } from '../discovery/discover.ts'
import type { Host } from '../host.ts'
import { type NeighborEvent, watchNeighbors } from './watch.ts'

/** Neighbours as they are heard, for the agent's whole life. */
export interface NeighborNews {
  /** Tells facts and findings until the signal aborts. */
  watch(emit: (event: DiscoveryEvent) => void, signal: AbortSignal): Promise<void>
  /** What the probe says of neighbours, as of now: a discovery does not begin to listen anew. */
  known(event: DiscoveryEvent): DiscoveryEvent
}

/** Of the machine we run on. */
export function neighborNews(host: Host, clock: Clock): NeighborNews {
  let latest: NeighborsFacts | null = null
  return {
    async watch(emit, signal) {
      // Loaded when it is wanted: the other commands open no sockets.
      const { listenOn } = await import('./packet-socket.ts')
      const startedMs = clock.monotonic()
      const tell = (event: NeighborEvent) => {
        if (event.kind === 'finding') return emit(event)
        latest = event.facts
        const elapsedSeconds = (clock.monotonic() - startedMs) / 1000
        emit({ kind: 'facts', class: 'neighbors', facts: latest, elapsedSeconds })
      }
      await watchNeighbors({ host, clock, listenOn }, tell, signal)
    },
    known: (event) =>
      event.kind === 'facts' && event.class === 'neighbors' && latest !== null
        ? { ...event, facts: latest }
        : event,
  }
}

/** What was heard in some time. */
export interface Heard {
  /** Facts, where there are any, and findings. */
  readonly events: readonly DiscoveryEvent[]
  /** The frames behind the facts, by interface. */
  readonly frames: ReadonlyMap<string, readonly Uint8Array[]>
}

/** Listens for some seconds. */
export async function listenFor(
  host: Host,
  clock: Clock,
  seconds: number,
  signal: AbortSignal,
): Promise<Heard> {
  const { listenOn } = await import('./packet-socket.ts')
  const end = new AbortController()
  using _ = clock.after(seconds * 1000, () => end.abort())
  const findings: DiscoveryEvent[] = []
  let heard: Heard = { events: [], frames: new Map() }
  const tell = (event: NeighborEvent) => {
    if (event.kind === 'finding') findings.push(event)
    else {
      const { facts, frames } = event
      const told = { kind: 'facts', class: 'neighbors', facts, elapsedSeconds: seconds } as const
      heard = { events: [told], frames }
    }
  }
  const either = AbortSignal.any([signal, end.signal])
  await watchNeighbors({ host, clock, listenOn }, tell, either)
  return { events: [...heard.events, ...findings], frames: heard.frames }
}
