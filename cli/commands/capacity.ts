import type { Command } from 'commander'
import { z } from 'zod'
import type { Capacity } from '../../protocol/capacity.ts'
import type { Cli } from '../cli.ts'
import { instantText, nothing } from '../format.ts'
import { tableText } from '../table.ts'
import { optionalNumber } from '../whole-number.ts'

const optionsSchema = z.object({
  profile: z.string().optional(),
  count: z.string().optional(),
})

/** `assay capacity`: by profile and level, the largest gang that fits now and what blocks the next. */
export function addCapacityCommand(program: Command, cli: Cli): void {
  program
    .command('capacity')
    .description('the largest gangs that fit now, and what blocks the next')
    .option('--profile <profile>', 'name or name@version; without it: all profiles')
    .option('--count <number>', 'machines of a gang, instead of one more than fits')
    .action(async (_: unknown, command: Command) => {
      const { profile, count: said } = optionsSchema.parse(command.opts())
      const count = optionalNumber('--count', said, 1)
      const client = await cli.connect(command)
      const views = await client.capacity({
        ...(profile === undefined ? {} : { profile }),
        ...(count === undefined ? {} : { count }),
      })
      cli.print(command, views, () => capacityText(views))
    })
}

function capacityText(views: readonly Capacity[]): string {
  if (views.length === 0) return 'no profiles'
  return tableText(
    [
      { title: 'PROFILE' },
      { title: 'LEVEL' },
      { title: 'LARGEST NOW' },
      { title: 'IF ALL WERE FREE' },
      { title: 'GANG', align: 'right' },
      { title: 'FIT', align: 'right' },
      { title: 'COSTS' },
      { title: 'NEXT' },
    ],
    views.map((view) => [
      view.profile,
      levelText(view),
      placeText(view.largest),
      placeText(view.largestIfFree),
      String(view.size),
      String(view.gangs),
      costText(view),
      nextText(view),
    ]),
  )
}

function levelText({ level, perRail }: Capacity): string {
  if (level === null) return 'anywhere'
  return perRail ? `${level} per rail` : level
}

function placeText(place: Capacity['largest']): string {
  return place === null ? nothing : `${place.machines} in ${place.domain}`
}

function costText({ cost }: Capacity): string {
  if (cost === null || cost.length === 0) return nothing
  return cost.map(({ gang, gangs }) => `${gangs} of ${gang}`).join(', ')
}

function nextText({ next }: Capacity): string {
  if (next === null) return nothing
  const { missing, domain, blockers, earliestAtMs } = next
  const holders = [...new Set(blockers.map(({ heldBy }) => heldBy))].slice(0, 3).join(', ')
  const when = earliestAtMs === null ? 'nobody knows when' : instantText(earliestAtMs)
  return `${missing} more in ${domain}, held by ${holders}: ${when}`
}
