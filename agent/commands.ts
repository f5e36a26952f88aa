import { Command } from 'commander'
import { errorChain } from '../protocol/errors.ts'
import { Agent } from './agent.ts'
import { addCaptureCommand } from './commands/capture.ts'
import { addDecodeCommand } from './commands/decode.ts'
import { addDiscoverCommand } from './commands/discover.ts'
import { addNvmlCommand } from './commands/nvml.ts'
import { addSchemaCommand } from './commands/schema.ts'
import { parseCommandLine, readSite } from './config.ts'
import type { EarlyDiscovery } from './early-discovery.ts'
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
  addDiscoverCommand(program, context.host, context.signal)
  addCaptureCommand(program, context.host, context.signal)
  addDecodeCommand(program)
  addSchemaCommand(program)
  addNvmlCommand(program)
  try {
    await program.parseAsync()
  } catch (error) {
    context.log(`${context.early === null ? '' : 'fatal: '}${errorChain(error)}`)
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
