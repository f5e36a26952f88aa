import { Command } from 'commander'
import { errorChain } from '../protocol/errors.ts'
import { systemClock } from '../protocol/system-effects.ts'
import { Agent } from './agent.ts'
import { parseCommandLine, readSite } from './config.ts'
import { checkFacts } from './discovery/check-facts.ts'
import { discover } from './discovery/discover.ts'
import type { EarlyDiscovery } from './early-discovery.ts'
import { rootedHost } from './host.ts'
import type { Host } from './host.ts'
import { liveMachine } from './live-machine.ts'
import { systemPower } from './power.ts'
import { agentVersion } from './version.ts'

/** What the start of the program has made already. */
export interface CommandContext {
  readonly host: Host
  readonly log: (text: string) => void
  /** The discovery of this boot; null for the other commands. */
  readonly early: EarlyDiscovery | null
  readonly signal: AbortSignal
}

/** Runs the command line's command; on failure says why and ends with 1. */
export async function runCommand(context: CommandContext): Promise<void> {
  const program = new Command('assay-agent')
    .description('Finds out what this machine is, measures it, and writes what the server orders')
    .version(agentVersion)
  program
    .command('run', { isDefault: true })
    .description('be the boot agent of this machine')
    .option('--site <file>', 'pins, keys and addresses of the server')
    .option('--no-network', 'leave the network as it is')
    .option('--no-power', 'end instead of rebooting the machine')
    .action((options: RunOptions) => run(context, options))
  program
    .command('discover')
    .description('print the facts of this machine, or of a recorded one, and end')
    .option('--root <dir>', 'a recorded tree of /proc, /sys and /dev', '/')
    .action((options: { root: string }) => printFacts(context, options.root))
  try {
    await program.parseAsync()
  } catch (error) {
    context.log(`fatal: ${errorChain(error)}`)
    process.exit(1)
  }
}

interface RunOptions {
  readonly site?: string
  readonly network: boolean
  readonly power: boolean
}

async function run({ host, log, early, signal }: CommandContext, options: RunOptions) {
  log(`version ${agentVersion}`)
  const site = await readSite(options.site)
  const boot = parseCommandLine((await host.text('/proc/cmdline')) ?? '')
  const end = () => process.exit(0)
  const power = options.power ? systemPower : { reboot: end, powerOff: end }
  const manageNetwork = options.network
  const machine = await liveMachine(host, site, boot, { manageNetwork, power, log, early })
  await new Agent(machine).run(signal)
}

async function printFacts({ host, signal }: CommandContext, root: string): Promise<void> {
  const target = root === '/' ? host : rootedHost(root)
  const facts: Record<string, unknown> = {}
  const findings: unknown[] = []
  await discover(
    target,
    systemClock,
    (event) => {
      const checked = checkFacts(event)
      if (checked.kind === 'facts') facts[checked.class] = checked.facts
      else findings.push(checked.finding)
    },
    signal,
  )
  await Bun.write(Bun.stdout, `${JSON.stringify({ facts, findings }, null, 2)}\n`)
}
