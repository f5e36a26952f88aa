import type { Command } from 'commander'
import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import type { Reservation } from '../../protocol/reservations.ts'
import { collect, machineNamed } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { findById } from '../find-by-id.ts'
import { shortIds } from '../find-machine.ts'
import { instantText, nothing } from '../format.ts'
import { parseInstant } from '../instant.ts'
import { parseRole } from '../role-option.ts'
import { tableText } from '../table.ts'

const optionsSchema = z.object({
  tenant: z.string(),
  from: z.string().default('now'),
  until: z.string(),
  machine: z.array(z.string()).default([]),
  role: z.string().optional(),
  profile: z.string().optional(),
  note: z.string().optional(),
  key: z.string().optional(),
})

/** `assay reservations list|create|cancel`: machines kept for a tenant in a window of time. */
export function addReservationCommands(program: Command, cli: Cli): void {
  const reservations = program
    .command('reservations')
    .description('machines kept for a tenant in a window of time')
  reservations
    .command('list', { isDefault: true })
    .description('reservations, the newest first')
    .option('--all', 'those that are over, too')
    .action(async (options: { all?: boolean }, command: Command) => {
      const client = await cli.connect(command)
      const all = await client.reservations.list()
      const shown = options.all === true ? all : all.filter(isComing)
      cli.print(command, shown, () => reservationsText(shown))
    })
  reservations
    .command('create')
    .description('keep machines: those named, or so many of a kind')
    .requiredOption('--tenant <tenant>', 'whom for')
    .requiredOption('--until <moment>', "such as '+8h' or '2026-03-01T08:00Z'")
    .option('--from <moment>', 'without it: now')
    .option('--machine <machine>', 'name, id or serial number; may be repeated', collect)
    .option('--role <role>', "so many of a kind: '4,gpu.count>=8'")
    .option('--profile <profile>', 'name or name@version, with --role COUNT')
    .option('--note <text>', 'what for')
    .option('--key <key>', 'the same key with the same reservation makes it once')
    .action(async (_: unknown, command: Command) => {
      const options = optionsSchema.parse(command.opts())
      const client = await cli.connect(command)
      const { machine, role } = options
      if ((machine.length === 0) === (role === undefined)) {
        throw new AppError('bad-request', 'a reservation wants either --machine or --role')
      }
      if (options.profile !== undefined && role === undefined) {
        throw new AppError('bad-request', '--profile goes with --role COUNT')
      }
      const machines: string[] = []
      for (const wanted of machine) machines.push((await machineNamed(client, wanted)).id)
      const { count, match } = parseRole(role ?? '1')
      const reservation = await client.reservations.create(
        {
          tenant: options.tenant,
          target:
            role === undefined
              ? { kind: 'machines', machines }
              : {
                  kind: 'match',
                  count,
                  match: { ...match },
                  ...(options.profile === undefined ? {} : { profile: options.profile }),
                },
          fromMs: parseInstant(options.from, cli.nowMs),
          untilMs: parseInstant(options.until, cli.nowMs),
          note: options.note ?? null,
        },
        options.key ?? null,
      )
      cli.print(command, reservation, () => {
        const { id, state } = reservation
        return `reservation ${id}: ${state}, ${reservation.machines.length} machines`
      })
    })
  reservations
    .command('cancel')
    .description('keep nothing any more; leases run on')
    .argument('<reservation>', 'id or its beginning')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const { id } = findById(
        await client.reservations.list(),
        wanted,
        'reservation',
        "'assay reservations list --all' lists all",
      )
      const reservation = await client.reservations.cancel(id)
      cli.print(command, reservation, () => `${id}: ${reservation.state}`)
    })
}

function isComing({ state }: Reservation): boolean {
  return state === 'scheduled' || state === 'open'
}

function reservationsText(reservations: readonly Reservation[]): string {
  if (reservations.length === 0) return 'no reservations'
  const ids = shortIds(reservations.map(({ id }) => id))
  const columns = ['ID', 'STATE', 'TENANT', 'FROM', 'UNTIL', 'MACHINES', 'MISSING', 'NOTE']
  return tableText(
    columns.map((title) => ({ title })),
    reservations.map((one) => [
      ids.get(one.id) ?? one.id,
      one.state,
      one.tenant,
      instantText(one.fromMs),
      instantText(one.untilMs),
      String(one.machines.length),
      one.missing === 0 ? nothing : String(one.missing),
      one.note ?? nothing,
    ]),
  )
}
