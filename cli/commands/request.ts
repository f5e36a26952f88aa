import type { Command } from 'commander'
import { z } from 'zod'
import { explainText } from '../../protocol/explain-text.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { readRequest, requestOptions, withRequestOptions } from '../request-options.ts'

const optionsSchema = requestOptions.extend({
  key: z.string().optional(),
  dryRun: z.boolean().default(false),
  hold: z.boolean().default(false),
  reservation: z.string().optional(),
})

/** `assay request`: asks for machines and says why they were found or not. */
export function addRequestCommand(program: Command, cli: Cli): void {
  withRequestOptions(
    program.command('request').description('ask for machines, by a file or by roles'),
  )
    .option('--key <key>', 'the same key with the same request gives the same answer')
    .option('--hold', 'only hold the machines, until they are confirmed')
    .option('--reservation <id>', 'machines of this reservation only')
    .option('--dry-run', 'only say what would be found')
    .action(async (_: unknown, command: Command) => {
      const options = optionsSchema.parse(command.opts())
      const request = await readRequest(options, cli.world)
      const client = await cli.connect(command)
      const answer = await client.allocations.create(
        {
          request,
          dryRun: options.dryRun,
          confirm: !options.hold,
          reservationId: options.reservation ?? null,
        },
        options.key ?? null,
      )
      const { allocation, explanation } = answer
      if (explanation.verdict !== 'matched' && allocation === null) {
        cli.exitCode = exitCodes['no match']
      }
      cli.print(command, answer, () => {
        const text = explainText(explanation)
        if (allocation === null) return text
        const { id, state, queue } = allocation
        const place = queue === null ? '' : `, ${queue.position} of ${queue.of} in the queue`
        return `${text}\nallocation ${id}: ${state}${place}`
      })
    })
}
