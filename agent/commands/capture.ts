import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { systemClock, systemRandom } from '../../protocol/system-effects.ts'
import { anonymized } from '../capture/anonymize.ts'
import { archiveOf } from '../capture/archive.ts'
import { captureMachine } from '../capture/capture.ts'
import type { Host } from '../host.ts'
import { machineAt, secondsIn } from './discover.ts'

/** `assay-agent capture`: what the probes read of a machine, as one file. */
export function addCaptureCommand(program: Command, host: Host, signal: AbortSignal): void {
  program
    .command('capture')
    .description(
      'write what discovery reads of this machine to a file that `discover --root` takes',
    )
    .argument('<file>', 'the archive to write, OUT.tar.zst')
    .option('--root <place>', 'a recorded machine instead: a folder, or a tar archive', '/')
    .option('--neighbors <seconds>', 'listen for LLDP and CDP announcements for that long first')
    .option('--anonymize', 'replace serial numbers, UUIDs and hardware addresses by made-up ones')
    .action(async (output: string, options: Options) => {
      await using machine = await machineAt(options.root, host)
      const { recording, found } = await captureMachine(
        machine.host,
        systemClock,
        signal,
        options.neighbors === undefined ? 0 : secondsIn(options.neighbors),
      )
      const kept =
        options.anonymize === true
          ? anonymized(recording, found.facts, systemRandom.bytes(32))
          : recording
      const archive = archiveOf(kept)
      await writeFile(output, archive)
      const { files, notes } = recording
      const failed = Object.keys(notes.failures).length
      await Bun.write(
        Bun.stderr,
        `${output}: ${files.size} files, ${archive.length} bytes; ${failed} could not be read\n`,
      )
    })
}

interface Options {
  readonly root: string
  readonly anonymize?: true
  readonly neighbors?: string
}
