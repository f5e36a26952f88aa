import { Command, CommanderError } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { errorChain } from '../protocol/errors.ts'
import { Cli } from './cli.ts'
import { addAllocationCommands } from './commands/allocations.ts'
import { addAttributesCommand } from './commands/attributes.ts'
import { addFabricCommands } from './commands/fabric.ts'
import { addExplainCommand } from './commands/explain.ts'
import { addExportCommand } from './commands/export.ts'
import { addFindingsCommand } from './commands/findings.ts'
import { addHistoryCommands } from './commands/history.ts'
import { addImageCommands } from './commands/images.ts'
import { addInventoryCommands } from './commands/inventory.ts'
import { addMachineActions } from './commands/machine-actions.ts'
import { addMachinesCommand } from './commands/machines.ts'
import { addCapacityCommand } from './commands/capacity.ts'
import { addProfileCommands } from './commands/profiles.ts'
import { addQueueCommand } from './commands/queue.ts'
import { addQuotaCommands } from './commands/quota.ts'
import { addRequestCommand } from './commands/request.ts'
import { addReservationCommands } from './commands/reservations.ts'
import { addShowCommand } from './commands/show.ts'
import { addTokenCommands } from './commands/token.ts'
import { addUsageCommand } from './commands/usage.ts'
import { addWatchCommand } from './commands/watch.ts'
import { addWebhookCommands } from './commands/webhooks.ts'
import { exitCodeHelp, exitCodeOf } from './exit-code.ts'
import type { ExitCode } from './exit-code.ts'
import { otherProblems } from './other-problems.ts'
import { safeText } from './safe-text.ts'
import type { CliWorld } from './world.ts'

/** Runs one command line and gives the exit code. Errors are one line each. */
export async function runCli(args: readonly string[], world: CliWorld): Promise<ExitCode> {
  const cli = new Cli(world)
  const program = createProgram(cli)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return cli.exitCode
  } catch (error) {
    // Commander has said what it had to say.
    if (!(error instanceof CommanderError)) {
      world.complain(`assay: ${safeText(errorChain(error))}`)
      for (const line of otherProblems(error)) world.complain(safeText(line))
    }
    return exitCodeOf(error)
  }
}

function createProgram(cli: Cli): Command {
  const { world } = cli
  const program = new Command('assay')
    .description('Machines that prove what they are worth: inventory, requests, deployments')
    // Not --version: 'images import' has an option of that name.
    .version(packageJson.version, '-V', 'print the version')
    .option('--server <address>', 'http://host:port of the server')
    .option('--token <token>', 'who you are')
    .option('--config <file>', 'settings, instead of the usual file')
    .option('--json', 'answers as JSON')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.output.write(text),
      writeErr: (text) => world.complain(complaint(text)),
    })
  addMachinesCommand(program, cli)
  addShowCommand(program, cli)
  addHistoryCommands(program, cli)
  addFindingsCommand(program, cli)
  addMachineActions(program, cli)
  addRequestCommand(program, cli)
  addAllocationCommands(program, cli)
  addQueueCommand(program, cli)
  addQuotaCommands(program, cli)
  addProfileCommands(program, cli)
  addCapacityCommand(program, cli)
  addReservationCommands(program, cli)
  addUsageCommand(program, cli)
  addWebhookCommands(program, cli)
  addExplainCommand(program, cli)
  addExportCommand(program, cli)
  addInventoryCommands(program, cli)
  addFabricCommands(program, cli)
  addImageCommands(program, cli)
  addWatchCommand(program, cli)
  addAttributesCommand(program, cli)
  addTokenCommands(program, cli)
  return program
}

/** Commander's errors in our form, on one line; the help as it is. */
function complaint(text: string): string {
  if (!text.startsWith('error: ')) return text.trimEnd()
  return text.trimEnd().replace('error: ', 'assay: ').replaceAll('\n', ' ')
}
