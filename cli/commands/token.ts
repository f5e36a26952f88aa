import type { Command } from 'commander'
import { z } from 'zod'
import { roles } from '../../protocol/api.ts'
import type { Token } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import { parseDuration } from '../../protocol/request/duration.ts'
import type { Cli } from '../cli.ts'
import { agoText, untilText } from '../format.ts'
import { tableText } from '../table.ts'

/** `assay token create|list|revoke`: who may use the API. */
export function addTokenCommands(program: Command, cli: Cli): void {
  const token = program.command('token').description('who may use the API')
  token
    .command('create')
    .description('make a token; its secret is printed once, here')
    .argument('<name>', 'of its bearer')
    .requiredOption('--role <role>', roles.join(', '))
    .option('--expires <duration>', 'such as 12h or 30d; without it never')
    .action(async (name: string, _: unknown, command: Command) => {
      const { role, expires } = readCreateOptions(command.opts())
      const client = await cli.connect(command)
      const expiresInSeconds = expires === undefined ? null : parseDuration(expires)
      const created = await client.tokens.create({ name, role, expiresInSeconds })
      cli.print(command, created, () => created.secret)
      if (!cli.wantsJson(command)) {
        cli.world.complain(
          `token ${created.id} for ${role} '${name}': keep it, nobody can ask again`,
        )
      }
    })
  token
    .command('list', { isDefault: true })
    .description('tokens, without their secrets')
    .action(async (_: unknown, command: Command) => {
      const client = await cli.connect(command)
      const tokens = await client.tokens.list()
      cli.print(command, tokens, () => tokensText(tokens, cli.nowMs))
    })
  token
    .command('revoke')
    .description('a token works no more, at once')
    .argument('<token>', 'id or name')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const all = await client.tokens.list()
      const found =
        all.find(({ id }) => id === wanted) ??
        all.find(({ name, revokedAtMs }) => name === wanted && revokedAtMs === null)
      if (found === undefined) {
        const advice = "'assay token list' shows all"
        throw new AppError('not-found', `no token is named '${wanted}': ${advice}`)
      }
      await client.tokens.revoke(found.id)
      cli.print(command, { revoked: found.id }, () => `revoked ${found.id} (${found.name})`)
    })
}

function readCreateOptions(options: unknown) {
  const parsed = z
    .object({ role: z.enum(roles), expires: z.string().optional() })
    .safeParse(options)
  if (parsed.success) return parsed.data
  throw new AppError('bad-request', `--role wants one of ${roles.join(', ')}`)
}

function tokensText(tokens: readonly Token[], nowMs: number): string {
  const columns = ['ID', 'NAME', 'ROLE', 'CREATED', 'USED', 'STATE'].map((title) => ({ title }))
  return tableText(
    columns,
    tokens.map(({ id, name, role, createdAtMs, lastUsedAtMs, expiresAtMs, revokedAtMs }) => [
      id,
      name,
      role,
      agoText(createdAtMs, nowMs),
      agoText(lastUsedAtMs, nowMs),
      revokedAtMs !== null
        ? `revoked ${agoText(revokedAtMs, nowMs)}`
        : expiresAtMs === null
          ? 'works'
          : `expires ${untilText(expiresAtMs, nowMs)}`,
    ]),
  )
}
