import type { Command } from 'commander'
import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import type { Profile } from '../../protocol/profiles.ts'
import type { Cli } from '../cli.ts'
import { instantText, nothing } from '../format.ts'
import { fieldsText, tableText } from '../table.ts'
import { optionalNumber } from '../whole-number.ts'
import { readWritten } from '../written-file.ts'

const optionsSchema = z.object({ generation: z.string().optional() })

/** `assay profiles list|show|put|remove`: named hardware descriptions. */
export function addProfileCommands(program: Command, cli: Cli): void {
  const profiles = program.command('profiles').description('named hardware descriptions')
  profiles
    .command('list', { isDefault: true })
    .description('the newest version of each')
    .action(async (_: unknown, command: Command) => {
      const client = await cli.connect(command)
      const all = await client.profiles.list()
      cli.print(command, all, () => profilesText(all))
    })
  profiles
    .command('show')
    .description('one profile, as it was put')
    .argument('<profile>', 'name, or name@version for an older one')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const [name = '', version = null] = wanted.split('@')
      const profile = await client.profiles.get(name, version)
      cli.print(command, profile, () => profileText(profile))
    })
  profiles
    .command('put')
    .description('put a new version; one equal to the newest changes nothing')
    .argument('<file>', "profile in YAML or JSON; '-' reads standard input")
    .option('--generation <number>', 'only if it is at this generation; 0: only if it is new')
    .action(async (file: string, _: unknown, command: Command) => {
      const generation = generationOf(command)
      const written = await readProfile(file, cli)
      const client = await cli.connect(command)
      const profile = await client.profiles.put(written.name, written, generation)
      cli.print(command, profile, () => `profile ${profile.name}@${profile.version}`)
    })
  profiles
    .command('remove')
    .description('remove a profile with its versions; nothing that was granted changes')
    .argument('<name>', 'name')
    .option('--generation <number>', 'only if it is at this generation')
    .action(async (name: string, _: unknown, command: Command) => {
      const generation = generationOf(command)
      const client = await cli.connect(command)
      await client.profiles.remove(name, generation)
      cli.print(command, { name }, () => `removed ${name}`)
    })
}

function generationOf(command: Command): number | null {
  const { generation } = optionsSchema.parse(command.opts())
  return optionalNumber('--generation', generation) ?? null
}

/** Its fields are read by the server, which says what is wrong with them. */
async function readProfile(file: string, { world }: Cli) {
  const value = await readWritten(file, 'profile', world)
  const profile = z.looseObject({ name: z.string().min(1) }).safeParse(value)
  if (profile.success) return profile.data
  throw new AppError('bad-request', `profile '${file}' wants 'name:' in it`)
}

function profilesText(profiles: readonly Profile[]): string {
  if (profiles.length === 0) return 'no profiles'
  const columns = ['PROFILE', 'VERSION', 'VERSIONS', 'EXTENDS', 'PUT', 'BY', 'DESCRIPTION']
  return tableText(
    columns.map((title) => ({ title })),
    profiles.map(({ name, version, versions, profile, putAtMs, putBy }) => [
      name,
      version,
      String(versions.length),
      profile.extends?.join(', ') ?? nothing,
      instantText(putAtMs),
      putBy,
      profile.description ?? nothing,
    ]),
  )
}

function profileText({ versions, generation, putAtMs, putBy, profile }: Profile): string {
  const head = fieldsText([
    ['versions', versions.join(', ')],
    ['generation', String(generation)],
    ['put', `${instantText(putAtMs)} by ${putBy}`],
  ])
  return `${head}\n${Bun.YAML.stringify(profile, null, 2)}`
}
