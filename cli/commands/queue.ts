import type { Command } from 'commander'
import type { QueueEntry } from '../../protocol/queue.ts'
import type { Cli } from '../cli.ts'
import { shortIds } from '../find-machine.ts'
import { ageText, nothing, untilText } from '../format.ts'
import { tableText } from '../table.ts'

/** `assay queue`: who waits for machines, in the order they are served. */
export function addQueueCommand(program: Command, cli: Cli): void {
  program
    .command('queue')
    .description('who waits for machines, in the order they are served')
    .action(async (_: unknown, command: Command) => {
      const client = await cli.connect(command)
      const queue = await client.queue()
      cli.print(command, queue, () => queueText(queue, cli.nowMs))
    })
}

function queueText(queue: readonly QueueEntry[], nowMs: number): string {
  if (queue.length === 0) return 'nobody waits'
  const ids = shortIds(queue.map(({ allocationId }) => allocationId))
  const columns = ['PLACE', 'ID', 'TENANT', 'RANK', 'WAITED', 'STARTS', 'WAITS FOR', 'WHY']
  return tableText(
    columns.map((title) => ({ title })),
    queue.map((entry) => [
      String(entry.position),
      ids.get(entry.allocationId) ?? entry.allocationId,
      entry.tenant,
      entry.rank.toFixed(1),
      ageText(nowMs - entry.queuedAtMs),
      entry.estimatedStartAtMs === null ? nothing : untilText(entry.estimatedStartAtMs, nowMs),
      entry.waitsFor,
      entry.reason,
    ]),
  )
}
