import type { Command } from 'commander'
import type { Allocation, MachineSummary } from '../../protocol/api.ts'
import { explainText } from '../../protocol/explain-text.ts'
import type { QueuePlace } from '../../protocol/queue.ts'
import { parseDuration } from '../../protocol/request/duration.ts'
import { isOpenAllocation } from '../../protocol/states.ts'
import { collect, machineNamed } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { findById } from '../find-by-id.ts'
import { shortIds } from '../find-machine.ts'
import { ageText, instantText, machineTitle, nothing, untilText } from '../format.ts'
import { fieldsText, tableText } from '../table.ts'

/** `assay allocations`, `confirm`, `release`, `renew`, `revoke`: who holds which machines. */
export function addAllocationCommands(program: Command, cli: Cli): void {
  program
    .command('allocations')
    .description('who holds which machines; with an id, that one with its explanation')
    .argument('[allocation]', 'id or its beginning')
    .option('--all', 'ended ones too')
    .action(async (wanted: string | undefined, options: { all?: boolean }, command: Command) => {
      const client = await cli.connect(command)
      const all = await client.allocations.list()
      const machines = await client.machines.list()
      if (wanted !== undefined) {
        const allocation = findAllocation(all, wanted)
        cli.print(command, allocation, () => allocationText(allocation, machines, cli.nowMs))
        return
      }
      const shown = options.all === true ? all : all.filter(({ state }) => isOpenAllocation(state))
      cli.print(command, shown, () => allocationsText(shown, machines, cli.nowMs))
    })
  program
    .command('confirm')
    .description('turn held machines into a lease')
    .argument('<allocation>', 'id or its beginning')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const { id } = findAllocation(await client.allocations.list(), wanted)
      const allocation = await client.allocations.confirm(id)
      cli.print(command, allocation, () => `${id}: ${allocation.state}`)
    })
  program
    .command('release')
    .description('give the machines of an allocation back, or a place in the queue')
    .argument('<allocation>', 'id or its beginning')
    .option('--machine <machine>', 'only this one; may be repeated', collect)
    .action(async (wanted: string, options: { machine?: string[] }, command: Command) => {
      const client = await cli.connect(command)
      const { id } = findAllocation(await client.allocations.list(), wanted)
      const machines: string[] = []
      for (const name of options.machine ?? []) {
        machines.push((await machineNamed(client, name)).id)
      }
      const allocation = await client.allocations.release(
        id,
        machines.length === 0 ? {} : { machines },
      )
      cli.print(command, allocation, () => `${id}: ${allocation.state}`)
    })
  program
    .command('renew')
    .description('let a lease end later: so long from now')
    .argument('<allocation>', 'id or its beginning')
    .argument('<duration>', 'such as 72h')
    .action(async (wanted: string, duration: string, _: unknown, command: Command) => {
      const seconds = parseDuration(duration)
      const client = await cli.connect(command)
      const { id } = findAllocation(await client.allocations.list(), wanted)
      const allocation = await client.allocations.renew(id, seconds)
      const until = untilText(allocation.leaseUntilMs, cli.nowMs)
      cli.print(command, allocation, () => `${id}: lease ends ${until}`)
    })
  addRevokeCommand(program, cli)
}

function addRevokeCommand(program: Command, cli: Cli): void {
  program
    .command('revoke')
    .description('take the machines of an allocation back from their holder')
    .argument('<allocation>', 'id or its beginning')
    .requiredOption('--reason <text>', 'what its holder is told')
    .option('--grace <duration>', 'how long the holder has to leave, such as 10m; without it none')
    .action(
      async (wanted: string, options: { reason: string; grace?: string }, command: Command) => {
        const { reason, grace } = options
        const graceSeconds = grace === undefined ? 0 : parseDuration(grace)
        const client = await cli.connect(command)
        const { id } = findAllocation(await client.allocations.list(), wanted)
        const allocation = await client.allocations.revoke(id, { reason, graceSeconds })
        cli.print(command, allocation, () => `${id}: ${allocation.state}`)
      },
    )
}

/** One allocation with its machines, for people. */
function allocationText(
  allocation: Allocation,
  machines: readonly MachineSummary[],
  nowMs: number,
): string {
  const { id, state, owner, tenant, queue, image, explanation, error } = allocation
  const titles = new Map(machines.map((machine) => [machine.id, machineTitle(machine)]))
  const fields: (readonly [string, string])[] = [
    ['allocation', id],
    ['state', state],
    ['owner', owner === tenant ? owner : `${owner} of ${tenant}`],
    ...(queue === null
      ? []
      : [['queue', `${queue.position} of ${queue.of}, ${startText(queue, nowMs)}`] as const]),
    ['image', image === null ? nothing : `${image.name}@${image.version}`],
    ['created', instantText(allocation.createdAtMs)],
    ['lease ends', untilText(allocation.leaseUntilMs, nowMs)],
    ...(allocation.endsAtMs === allocation.leaseUntilMs
      ? []
      : [['machines back', untilText(allocation.endsAtMs, nowMs)] as const]),
    ...(error === null ? [] : [['error', error] as const]),
  ]
  const rows = allocation.machines.map(({ machineId, role, fencingToken, deployment }) => [
    role,
    machineId,
    titles.get(machineId) ?? nothing,
    String(fencingToken),
    deployment?.state ?? nothing,
    deployment?.disk ?? nothing,
    deployment?.error ?? '',
  ])
  const titlesOfColumns = ['ROLE', 'MACHINE', 'NAME', 'FENCING', 'DEPLOYMENT', 'DISK', 'ERROR']
  return [
    fieldsText(fields),
    ...(rows.length === 0
      ? []
      : [
          tableText(
            titlesOfColumns.map((title) => ({ title })),
            rows,
          ),
        ]),
    ...(explanation === null ? [] : [explainText(explanation)]),
  ].join('\n\n')
}

function allocationsText(
  allocations: readonly Allocation[],
  machines: readonly MachineSummary[],
  nowMs: number,
): string {
  if (allocations.length === 0) return 'no allocations'
  const titles = new Map(machines.map((machine) => [machine.id, machineTitle(machine)]))
  const ids = shortIds(allocations.map(({ id }) => id))
  const columns = ['ID', 'STATE', 'OWNER', 'IMAGE', 'LEASE', 'AGE', 'MACHINES']
  return tableText(
    columns.map((title) => ({ title })),
    allocations.map((allocation) => [
      ids.get(allocation.id) ?? allocation.id,
      allocation.state,
      allocation.owner,
      allocation.image === null ? nothing : `${allocation.image.name}@${allocation.image.version}`,
      standText(allocation, nowMs),
      ageText(nowMs - allocation.createdAtMs),
      allocation.machines
        .map(({ machineId, deployment }) => {
          const title = titles.get(machineId) ?? machineId
          return deployment === null ? title : `${title} (${deployment.state})`
        })
        .join(', '),
    ]),
  )
}

/** The end of a lease, or the place in the queue. */
function standText({ state, leaseUntilMs, queue }: Allocation, nowMs: number): string {
  if (queue !== null) return `${queue.position} of ${queue.of}, ${startText(queue, nowMs)}`
  return state === 'active' || state === 'expiring' ? untilText(leaseUntilMs, nowMs) : nothing
}

function startText({ estimatedStartAtMs }: QueuePlace, nowMs: number): string {
  if (estimatedStartAtMs === null) return 'nobody knows when'
  return `starts ${untilText(estimatedStartAtMs, nowMs)}`
}

export function findAllocation(all: readonly Allocation[], wanted: string): Allocation {
  return findById(all, wanted, 'allocation', "'assay allocations --all' lists all")
}
