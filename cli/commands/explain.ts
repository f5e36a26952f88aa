import type { Command } from 'commander'
import { z } from 'zod'
import { explainText } from '../../protocol/explain-text.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { readRequest, requestOptions, withRequestOptions } from '../request-options.ts'

const optionsSchema = requestOptions.extend({ imported: z.boolean().default(false) })

/** `assay explain`: what a request would get and why, holding nothing. */
export function addExplainCommand(program: Command, cli: Cli): void {
  withRequestOptions(
    program.command('explain').description('say what a request would get and why; holds nothing'),
  )
    .option('--imported', 'as if imported machines were there and free')
    .action(async (_: unknown, command: Command) => {
      const options = optionsSchema.parse(command.opts())
      const request = await readRequest(options, cli.world)
      const client = await cli.connect(command)
      const ask = options.imported ? client.inventory : client.allocations
      const { explanation } = await ask.match(request)
      if (explanation.verdict !== 'matched') cli.exitCode = exitCodes['no match']
      cli.print(command, explanation, () => explainText(explanation))
    })
}
