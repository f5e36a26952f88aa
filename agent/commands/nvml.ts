import type { Command } from 'commander'
import { readNvmlReport } from '../nvml/read-report.ts'

/** `assay-agent nvml`: what NVIDIA's driver tells; discovery asks by this, in a process of its own. */
export function addNvmlCommand(program: Command): void {
  program
    .command('nvml')
    .description("print what NVIDIA's management library tells of the GPUs, as JSON")
    .option('--library <file>', 'the library', 'libnvidia-ml.so.1')
    .action(async (options: { readonly library: string }) => {
      await Bun.write(Bun.stdout, `${JSON.stringify(readNvmlReport(options.library))}\n`)
    })
}
