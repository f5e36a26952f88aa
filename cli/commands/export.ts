import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import { z } from 'zod'
import { exportFormats, slurmTopologies } from '../../protocol/exports.ts'
import type { ExportFile } from '../../protocol/exports.ts'
import type { Cli } from '../cli.ts'
import { findAllocation } from './allocations.ts'

/** `assay export`: an allocation as files of a scheduler. */
export function addExportCommand(program: Command, cli: Cli): void {
  program
    .command('export')
    .description('the machines of an allocation as files of Slurm or Kubernetes')
    .argument('<allocation>', 'id or its beginning')
    .addOption(
      new Option('--format <format>', 'what shall read them')
        .choices(exportFormats)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--topology <form>', "form of Slurm's topology.conf")
        .choices(slurmTopologies)
        .default('tree'),
    )
    .option('--out <folder>', 'write the files there instead of printing them')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const { format, topology, out } = optionsSchema.parse(command.opts())
      const client = await cli.connect(command)
      const { id } = findAllocation(await client.allocations.list(), wanted)
      const exported = await client.allocations.export(id, format, topology)
      if (out !== undefined) await writeFiles(out, exported.files)
      cli.print(command, exported, () =>
        out === undefined ? filesText(exported.files) : writtenText(out, exported.files),
      )
    })
}

const optionsSchema = z.object({
  format: z.enum(exportFormats),
  topology: z.enum(slurmTopologies),
  out: z.string().optional(),
})

async function writeFiles(folder: string, files: readonly ExportFile[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  // The server names the files: only the last part of a path counts.
  for (const { name, text } of files) await writeFile(path.join(folder, path.basename(name)), text)
}

function writtenText(folder: string, files: readonly ExportFile[]): string {
  return files.map(({ name }) => `wrote ${path.join(folder, path.basename(name))}`).join('\n')
}

/** Several files one after the other, each under its name. */
function filesText(files: readonly ExportFile[]): string {
  const [only, ...others] = files
  if (only !== undefined && others.length === 0) return only.text.trimEnd()
  return files.map(({ name, text }) => `# file: ${name}\n${text.trimEnd()}`).join('\n\n')
}
