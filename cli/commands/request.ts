import type { Command } from 'commander'
import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { explainText } from '../../protocol/explain-text.ts'
import { collect } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { parseRole } from '../role-option.ts'
import type { CliWorld } from '../world.ts'

const optionsSchema = z.object({
  file: z.string().optional(),
  role: z.array(z.string()).default([]),
  same: z.array(z.string()).default([]),
  image: z.string().optional(),
  lease: z.string().optional(),
  key: z.string().optional(),
  dryRun: z.boolean().default(false),
})
type RequestOptions = z.output<typeof optionsSchema>

/** `assay request`: asks for machines and says why they were found or not. */
export function addRequestCommand(program: Command, cli: Cli): void {
  program
    .command('request')
    .description('ask for machines, by a file or by roles')
    .option('-f, --file <file>', "request in YAML or JSON; '-' reads standard input")
    .option(
      '--role <role>',
      "such as 'node=2,cpu.cores>=4,memory.size>=8Gi'; may be repeated",
      collect,
    )
    .option('--same <level>', 'all machines in one rack, leaf, ...; may be repeated', collect)
    .option('--image <image>', 'name@version to write, or name for its newest')
    .option('--lease <duration>', 'how long the machines are wanted (with --role: 24h)')
    .option('--key <key>', 'the same key with the same request gives the same answer')
    .option('--dry-run', 'only say what would be found')
    .action(async (_: unknown, command: Command) => {
      const options = optionsSchema.parse(command.opts())
      const request = await readRequest(options, cli.world)
      const client = await cli.connect(command)
      const answer = await client.allocations.create(
        { request, dryRun: options.dryRun },
        options.key ?? null,
      )
      const { allocation, explanation } = answer
      if (explanation.verdict !== 'matched') cli.exitCode = exitCodes['no match']
      cli.print(command, answer, () => {
        const text = explainText(explanation)
        return allocation === null
          ? text
          : `${text}\nallocation ${allocation.id}: ${allocation.state}`
      })
    })
}

/** The request of a file or of options; image and lease of the options win. */
async function readRequest(options: RequestOptions, world: CliWorld): Promise<unknown> {
  const { file, role, same, image, lease } = options
  if ((file === undefined) === (role.length === 0)) {
    throw new AppError('bad-request', 'request wants either --file FILE or --role ROLE')
  }
  const constraints = same.map((level) => ({ kind: 'same', level }))
  if (file === undefined) {
    return {
      roles: role.map(parseRole),
      lease: { duration: lease ?? '24h' },
      ...(constraints.length === 0 ? {} : { constraints }),
      ...(image === undefined ? {} : { image }),
    }
  }
  if (constraints.length > 0) {
    throw new AppError('bad-request', "--same goes with --role; write 'constraints:' in the file")
  }
  const request = await readRequestFile(file, world)
  return {
    ...request,
    ...(image === undefined ? {} : { image }),
    ...(lease === undefined ? {} : { lease: { ...fieldsOf(request['lease']), duration: lease } }),
  }
}

async function readRequestFile(
  file: string,
  world: CliWorld,
): Promise<Readonly<Record<string, unknown>>> {
  let text: string
  try {
    text = await world.readText(file)
  } catch (cause) {
    throw new AppError('bad-request', `cannot read request '${file}'`, {}, { cause })
  }
  let value: unknown
  try {
    value = Bun.YAML.parse(text)
  } catch (cause) {
    throw new AppError('bad-request', `request '${file}' is neither YAML nor JSON`, {}, { cause })
  }
  const request = z.record(z.string(), z.unknown()).safeParse(value)
  if (request.success) return request.data
  throw new AppError('bad-request', `request '${file}' wants 'roles:' and 'lease:' in it`)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const fields = z.record(z.string(), z.unknown()).safeParse(value)
  return fields.success ? fields.data : {}
}
