import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { systemClock } from '../../protocol/system-effects.ts'
import { archiveOf } from '../capture/archive.ts'
import { captureMachine } from '../capture/capture.ts'
import type { Host } from '../host.ts'
import { machineAt } from './discover.ts'

/** `assay-agent capture`: what the probes read of a machine, as one file. */
export function addCaptureCommand(program: Command, host: Host, signal: AbortSignal): void {
  program
    .command('capture')
    .description(
      'write what discovery reads of this machine to a file that `discover --root` takes',
    )
    .argument('<file>', 'the archive to write, OUT.tar.zst')
    .option('--root <place>', 'a recorded machine instead: a folder, or a tar archive', '/')
    .action(async (output: string, options: { readonly root: string }) => {
      await using machine = await machineAt(options.root, host)
      const recording = await captureMachine(machine.host, systemClock, signal)
      const archive = archiveOf(recording)
      await writeFile(output, archive)
      const { files, notes } = recording
      const failed = Object.keys(notes.failures).length
      await Bun.write(
        Bun.stderr,
        `${output}: ${files.size} files, ${archive.length} bytes; ${failed} could not be read\n`,
      )
    })
}
