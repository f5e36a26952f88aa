import type { Command } from 'commander'
import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import type { Usage } from '../../protocol/usage.ts'
import type { Cli } from '../cli.ts'
import { clipped, instantText, nothing } from '../format.ts'
import { parseInstant } from '../instant.ts'
import { tableText } from '../table.ts'

const optionsSchema = z.object({
  from: z.string().default('-30d'),
  until: z.string().default('now'),
  tenant: z.string().optional(),
  csv: z.boolean().default(false),
})

/** `assay usage`: machine time by tenant and hardware. */
export function addUsageCommand(program: Command, cli: Cli): void {
  program
    .command('usage')
    .description('machine time by tenant and hardware, from grant to release')
    .option('--from <moment>', 'such as 2026-03-01 or -30d, which is what it is without')
    .option('--until <moment>', 'without it: now')
    .option('--tenant <tenant>', 'of one tenant')
    .option('--csv', 'for a spreadsheet')
    .action(async (_: unknown, command: Command) => {
      const { from, until, tenant, csv } = optionsSchema.parse(command.opts())
      const [fromMs, untilMs] = [parseInstant(from, cli.nowMs), parseInstant(until, cli.nowMs)]
      if (fromMs >= untilMs) {
        const range = `from ${instantText(fromMs)} until ${instantText(untilMs)}`
        throw new AppError('bad-request', `usage wants --from before --until, not ${range}`)
      }
      if (csv && cli.wantsJson(command)) {
        throw new AppError('bad-request', 'usage wants either --csv or --json')
      }
      const client = await cli.connect(command)
      if (csv) {
        cli.world.output.write(await client.usageCsv(fromMs, untilMs, tenant ?? null))
        return
      }
      const usage = await client.usage(fromMs, untilMs, tenant ?? null)
      cli.print(command, usage, () => usageText(usage))
    })
}

function usageText({ fromMs, untilMs, rows }: Usage): string {
  const range = `from ${instantText(fromMs)} until ${instantText(untilMs)}`
  if (rows.length === 0) return `nobody had a machine ${range}`
  const columns = [
    { title: 'TENANT' },
    { title: 'MACHINES', align: 'right' as const },
    { title: 'MACHINE HOURS', align: 'right' as const },
    { title: 'HARDWARE' },
  ]
  const lines = rows.map(({ tenant, machines, machineSeconds, shape }) => [
    tenant,
    String(machines),
    (machineSeconds / 3600).toFixed(2),
    clipped(shape?.text ?? nothing, 60),
  ])
  return `${range}\n\n${tableText(columns, lines)}`
}
