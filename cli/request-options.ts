import type { Command } from 'commander'
import { z } from 'zod'
import { AppError } from '../protocol/errors.ts'
import { collect } from './cli.ts'
import { parseRole } from './role-option.ts'
import { wholeNumber } from './whole-number.ts'
import type { CliWorld } from './world.ts'
import { readWritten } from './written-file.ts'

/** What every command that takes a request understands. */
export const requestOptions = z.object({
  file: z.string().optional(),
  role: z.array(z.string()).default([]),
  same: z.array(z.string()).default([]),
  image: z.string().optional(),
  lease: z.string().optional(),
  queue: z.boolean().default(false),
  priority: z.string().optional(),
})
type RequestOptions = z.output<typeof requestOptions>

/** Adds the options that {@link requestOptions} reads. */
export function withRequestOptions(command: Command): Command {
  return command
    .option('-f, --file <file>', "request in YAML or JSON; '-' reads standard input")
    .option(
      '--role <role>',
      "such as 'node=2,cpu.cores>=4,memory.size>=8Gi'; may be repeated",
      collect,
    )
    .option('--same <level>', 'all machines in one rack, leaf, ...; may be repeated', collect)
    .option('--image <image>', 'name@version to write, or name for its newest')
    .option('--lease <duration>', 'how long the machines are wanted (with --role: 24h)')
    .option('--queue', 'wait for machines that are busy')
    .option('--priority <number>', 'in the queue; more is sooner')
}

/** The request of a file or of options; image and lease terms of the options win. */
export async function readRequest(options: RequestOptions, world: CliWorld): Promise<unknown> {
  const { file, role, same, image } = options
  const lease = leaseOf(options)
  if ((file === undefined) === (role.length === 0)) {
    throw new AppError('bad-request', 'request wants either --file FILE or --role ROLE')
  }
  const constraints = same.map((level) => ({ kind: 'same', level }))
  if (file === undefined) {
    return {
      roles: role.map(parseRole),
      lease: { duration: '24h', ...lease },
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
    ...(Object.keys(lease).length === 0
      ? {}
      : { lease: { ...fieldsOf(request['lease']), ...lease } }),
  }
}

/** The terms of a lease that options say. */
function leaseOf({ lease, queue, priority }: RequestOptions): Readonly<Record<string, unknown>> {
  return {
    ...(lease === undefined ? {} : { duration: lease }),
    ...(queue ? { queue } : {}),
    ...(priority === undefined ? {} : { priority: wholeNumber('--priority', priority) }),
  }
}

async function readRequestFile(
  file: string,
  world: CliWorld,
): Promise<Readonly<Record<string, unknown>>> {
  const value = await readWritten(file, 'request', world)
  const request = z.record(z.string(), z.unknown()).safeParse(value)
  if (request.success) return request.data
  throw new AppError('bad-request', `request '${file}' wants 'roles:' and 'lease:' in it`)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const fields = z.record(z.string(), z.unknown()).safeParse(value)
  return fields.success ? fields.data : {}
}
