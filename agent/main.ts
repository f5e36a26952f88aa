import { systemClock } from '../protocol/system-effects.ts'
import { devicesSettled } from './devices-settled.ts'
import { discover } from './discovery/discover.ts'
import { EarlyDiscovery } from './early-discovery.ts'
import { type AskDevice, liveHost } from './host.ts'

/*
 * Loaded first is only what discovery needs: under emulation the rest of the agent takes longer to
 * load than the first facts take to find.
 */
const host = liveHost(askDevice)
let access: Promise<AskDevice> | null = null
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
const [command = 'run', ...options] = process.argv.slice(2)
const isBoot = command === 'run' && !options.some((option) => /^(-h|--help)$/.test(option))
/** What other commands print on standard output is an answer that somebody parses. */
const log = (text: string) => {
  if (isBoot) console.log(`assay-agent: ${(performance.now() / 1000).toFixed(3)} ${text}`)
  else console.error(`assay-agent: ${text}`)
}

if (isBoot) log('started')

const early = isBoot ? new EarlyDiscovery(discoverNow) : null
await early?.firstFact
const { runCommand } = await import('./commands.ts')
await runCommand({ host, log, early, signal: stop.signal })

function discoverNow(emit: Parameters<typeof discover>[2]): Promise<void> {
  let facts = 0
  // Not our initramfs: the machine is up, and its devices are there.
  const settled = options.includes('--no-network')
    ? Promise.resolve(true)
    : devicesSettled(host, systemClock, stop.signal)
  return discover(
    host,
    systemClock,
    (event) => {
      if (event.kind === 'facts' && facts++ === 0) log(`first fact: ${event.class}`)
      emit(event)
    },
    stop.signal,
    settled,
  )
}

async function askDevice(question: Parameters<AskDevice>[0]): ReturnType<AskDevice> {
  access ??= import('./device-access/device-access.ts').then(({ deviceAccess }) =>
    deviceAccess(systemClock),
  )
  return (await access)(question)
}
