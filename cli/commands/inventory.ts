import type { Command } from 'commander'
import { Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { importFormats } from '../../protocol/imports.ts'
import type { ImportProgress, ImportReport } from '../../protocol/imports.ts'
import { machineNamed } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { sizeText } from '../format.ts'
import { LiveBlock } from '../live-block.ts'
import type { CliWorld } from '../world.ts'

/** `assay inventory import|forget`: machines out of a file, to try requests on without their hardware. */
export function addInventoryCommands(program: Command, cli: Cli): void {
  const inventory = program
    .command('inventory')
    .description('machines that a file tells of, to try requests on')
  addForgetCommand(inventory, cli)
  inventory
    .command('import')
    .description('take the machines of a file; they are never granted to anybody')
    .argument('<file>', "the file, '-' for standard input")
    .addOption(
      new Option('--from <format>', 'what wrote the file')
        .choices(importFormats)
        .makeOptionMandatory(),
    )
    .option('--dry-run', 'only say what would be imported')
    .option('--continue', 'leave out machines that are wrong, and end with code 1')
    .action(async (file: string, _: unknown, command: Command) => {
      const options = optionsSchema.parse(command.opts())
      const client = await cli.connect(command)
      const raw = await readFile(file, cli.world)
      const progress = progressLine(cli.world, raw.size)
      const report = await client.inventory
        .import(raw, {
          format: options.from,
          dryRun: options.dryRun,
          onProblem: options.continue ? 'skip' : 'stop',
          onProgress: progress.show,
        })
        .finally(progress.end)
      if (report.refused.length > 0) cli.exitCode = exitCodes.failed
      cli.print(command, report, () => reportText(report))
    })
}

/** `assay inventory forget`. */
function addForgetCommand(inventory: Command, cli: Cli): void {
  inventory
    .command('forget')
    .description('drop imported machines; machines that an agent reported stay')
    .argument('[machine]', 'id or its beginning, name')
    .option('--all', 'all imported machines')
    .action(async (wanted: string | undefined, options: { all?: boolean }, command: Command) => {
      if ((wanted === undefined) !== (options.all === true)) {
        throw new AppError('bad-request', 'forget wants either a machine or --all')
      }
      const client = await cli.connect(command)
      const machine = wanted === undefined ? null : await machineNamed(client, wanted)
      const answer = await client.inventory.forget(machine?.id ?? null)
      cli.print(command, answer, () => `forgot ${answer.forgotten} imported machines`)
    })
}

const optionsSchema = z.object({
  from: z.enum(importFormats),
  dryRun: z.boolean().default(false),
  continue: z.boolean().default(false),
})

async function readFile(file: string, world: CliWorld): Promise<Blob> {
  if (file === '-') return new Blob([await world.readText('-')])
  const raw = Bun.file(file)
  if (await raw.exists()) return raw
  throw new AppError('bad-request', `cannot read inventory '${file}', wanted a file`)
}

/** A line that says how far the import is, for somebody who looks; it is gone at the end. */
function progressLine({ output }: CliWorld, sizeBytes: number) {
  const block = output.isTerminal ? new LiveBlock(output) : null
  block?.set('import', `sending ${sizeText(sizeBytes)}`)
  return {
    show: (progress: ImportProgress) => block?.set('import', progressText(progress)),
    end: () => block?.set('import', null),
  }
}

function progressText(progress: ImportProgress): string {
  const { kind, machines } = progress
  if (kind === 'checking') return `checking the file: ${machines} machines`
  const percent = Math.floor((100 * machines) / Math.max(progress.of, 1))
  return `taking ${machines} of ${progress.of} machines, ${percent} %`
}

function reportText(report: ImportReport): string {
  const { dryRun, added, changed, unchanged, refused, known } = report
  const counts = [`${added} added`, `${changed} changed`, `${unchanged} as before`]
  const names = Object.entries(known)
  return [
    `${dryRun ? 'would import' : 'imported'}: ${counts.join(', ')}`,
    ...refused.map(({ line, message }) => `  left out, line ${line}: ${message}`),
    ...(names.length === 0 ? [] : ['known of them:']),
    ...names.map(([name, count]) => `  ${name.padEnd(28)} ${count}`),
  ].join('\n')
}
