import { liveHost } from '../../agent/host.ts'
import { listenOn } from '../../agent/neighbors/packet-socket.ts'
import { watchNeighbors } from '../../agent/neighbors/watch.ts'
import { systemClock } from '../../protocol/system-effects.ts'

/** Listens for neighbours in the network namespace it is started in; an event a line. */
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
await watchNeighbors(
  { host: liveHost(), clock: systemClock, listenOn },
  (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
  stop.signal,
)
