import { Command } from 'commander'
import { errorChain } from '../protocol/errors.ts'
import { Agent } from './agent.ts'
import { parseCommandLine, readSite } from './config.ts'
import { discover } from './discovery/discover.ts'
import { liveHost, rootedHost } from './host.ts'
import { liveMachine } from './live-machine.ts'
import { systemPower } from './power.ts'
import { agentVersion } from './version.ts'
import { systemClock } from '../protocol/system-effects.ts'

const host = liveHost()
const log = (text: string) => {
  console.log(`assay-agent: ${(performance.now() / 1000).toFixed(3)} ${text}`)
}
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())

const program = new Command('assay-agent')
  .description('Finds out what this machine is, measures it, and writes what the server orders')
  .version(agentVersion)

program
  .command('run', { isDefault: true })
  .description('be the boot agent of this machine')
  .option('--site <file>', 'pins, keys and addresses of the server')
  .option('--no-network', 'leave the network as it is')
  .option('--no-power', 'end instead of rebooting the machine')
  .action(async (options: { site?: string; network: boolean; power: boolean }) => {
    log(`version ${agentVersion}`)
    const site = await readSite(options.site)
    const boot = parseCommandLine((await host.text('/proc/cmdline')) ?? '')
    const end = () => process.exit(0)
    const power = options.power ? systemPower : { reboot: end, powerOff: end }
    const machine = await liveMachine(host, site, boot, {
      manageNetwork: options.network,
      power,
      log,
    })
    await new Agent(machine).run(stop.signal)
  })

program
  .command('discover')
  .description('print the facts of this machine, or of a recorded one, and end')
  .option('--root <dir>', 'a recorded tree of /proc, /sys and /dev', '/')
  .action(async (options: { root: string }) => {
    const target = options.root === '/' ? host : rootedHost(options.root)
    const facts: Record<string, unknown> = {}
    const findings: unknown[] = []
    await discover(
      target,
      systemClock,
      (event) => {
        if (event.kind === 'facts') facts[event.class] = event.facts
        else findings.push(event.finding)
      },
      stop.signal,
    )
    console.log(JSON.stringify({ facts, findings }, null, 2))
  })

try {
  await program.parseAsync()
} catch (error) {
  log(`fatal: ${errorChain(error)}`)
  process.exit(1)
}
