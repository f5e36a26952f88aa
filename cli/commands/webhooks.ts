import type { Command } from 'commander'
import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { webhookKinds } from '../../protocol/webhooks.ts'
import type { Webhook } from '../../protocol/webhooks.ts'
import { collect } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { findById } from '../find-by-id.ts'
import { shortIds } from '../find-machine.ts'
import { nothing, untilText } from '../format.ts'
import { tableText } from '../table.ts'

/** `assay webhooks list|create|resume|remove`: events sent on by HTTP. */
export function addWebhookCommands(program: Command, cli: Cli): void {
  const webhooks = program.command('webhooks').description('events sent on by HTTP')
  webhooks
    .command('list', { isDefault: true })
    .description('webhooks, without their secrets')
    .action(async (_: unknown, command: Command) => {
      const client = await cli.connect(command)
      const all = await client.webhooks.list()
      cli.print(command, all, () => webhooksText(all, cli.nowMs))
    })
  webhooks
    .command('create')
    .description('have events sent from now on; the secret that signs them is printed once')
    .argument('<url>', 'of an origin that the server allows')
    .option('--kind <kind>', `${webhookKinds.join(', ')}; may be repeated, without it all`, collect)
    .action(async (url: string, _: unknown, command: Command) => {
      const kinds = readKinds(command.opts())
      const client = await cli.connect(command)
      const webhook = await client.webhooks.create(kinds.length === 0 ? { url } : { url, kinds })
      cli.print(command, webhook, () => `webhook ${webhook.id}: secret ${webhook.secret}`)
    })
  webhooks
    .command('resume')
    .description('begin again where a webhook stopped')
    .argument('<webhook>', 'id or its beginning')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const { id } = findWebhook(await client.webhooks.list(), wanted)
      const webhook = await client.webhooks.resume(id)
      cli.print(command, webhook, () => `${id}: ${webhook.state}`)
    })
  webhooks
    .command('remove')
    .description('send nothing any more')
    .argument('<webhook>', 'id or its beginning')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const { id } = findWebhook(await client.webhooks.list(), wanted)
      await client.webhooks.remove(id)
      cli.print(command, { removed: id }, () => `removed ${id}`)
    })
}

function readKinds(options: unknown) {
  const parsed = z.object({ kind: z.array(z.enum(webhookKinds)).default([]) }).safeParse(options)
  if (parsed.success) return parsed.data.kind
  throw new AppError('bad-request', `--kind wants one of ${webhookKinds.join(', ')}`)
}

function findWebhook(all: readonly Webhook[], wanted: string): Webhook {
  return findById(all, wanted, 'webhook', "'assay webhooks list' lists all")
}

function webhooksText(webhooks: readonly Webhook[], nowMs: number): string {
  if (webhooks.length === 0) return 'no webhooks'
  const ids = shortIds(webhooks.map(({ id }) => id))
  const columns = ['ID', 'STATE', 'URL', 'KINDS', 'FAILURES', 'NEXT', 'ERROR']
  return tableText(
    columns.map((title) => ({ title })),
    webhooks.map((one) => [
      ids.get(one.id) ?? one.id,
      one.state,
      one.url,
      one.kinds.join(' '),
      String(one.failures),
      one.nextAttemptAtMs === null ? nothing : untilText(one.nextAttemptAtMs, nowMs),
      one.lastError ?? nothing,
    ]),
  )
}
