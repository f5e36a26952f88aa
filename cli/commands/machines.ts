import type { Command } from 'commander'
import { z } from 'zod'
import type { MachineSummary } from '../../protocol/api.ts'
import { machineFlags, machineStates } from '../../protocol/states.ts'
import { collect } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { shortIds } from '../find-machine.ts'
import {
  agoText,
  attributeText,
  clipped,
  doingText,
  machineTitle,
  nothing,
  stateText,
} from '../format.ts'
import { tableText } from '../table.ts'
import type { Column } from '../table.ts'

const optionsSchema = z.object({
  where: z.array(z.string()).default([]),
  state: z.array(z.string()).default([]),
  flag: z.array(z.string()).default([]),
})

/** `assay machines`: the inventory as a table. */
export function addMachinesCommand(program: Command, cli: Cli): void {
  program
    .command('machines')
    .description('list machines')
    .option('--where <expression>', "such as 'cpu.cores>=4'; may be repeated", collect)
    .option('--state <state>', machineStates.join(', '), collect)
    .option('--flag <flag>', machineFlags.join(', '), collect)
    .action(async (_: unknown, command: Command) => {
      const query = optionsSchema.parse(command.opts())
      const client = await cli.connect(command)
      const machines = await client.machines.list(query)
      cli.print(command, machines, () => machinesText(machines, cli))
    })
}

const columns: readonly Column[] = [
  { title: 'ID' },
  { title: 'NAME' },
  { title: 'STATE' },
  { title: 'DOING' },
  { title: 'CORES', align: 'right' },
  { title: 'MEMORY', align: 'right' },
  { title: 'DISKS', align: 'right' },
  { title: 'TRIAD', align: 'right' },
  { title: 'DISK READ', align: 'right' },
  { title: 'SEEN' },
  { title: 'HARDWARE' },
]

/** Why a machine is out of service: of one that is, it says more than what it does. */
function reasonText({ state, flags, reason }: MachineSummary): string | null {
  return state === 'error' || flags.length > 0 ? reason : null
}

function machinesText(machines: readonly MachineSummary[], cli: Cli): string {
  if (machines.length === 0) return 'no machines'
  const ids = shortIds(machines.map(({ id }) => id))
  const rows = machines.map((machine) => [
    ids.get(machine.id) ?? machine.id,
    clipped(machineTitle(machine) ?? nothing, 24),
    stateText(machine),
    clipped(reasonText(machine) ?? doingText(machine), 44),
    attributeText(machine, 'cpu.cores'),
    attributeText(machine, 'memory.size'),
    attributeText(machine, 'storage.size'),
    attributeText(machine, 'bench.memory.triad'),
    attributeText(machine, 'bench.disk.read'),
    agoText(machine.connected ? cli.nowMs : machine.lastSeenAtMs, cli.nowMs),
    machine.shape?.text ?? nothing,
  ])
  const { columns: width } = cli.world.output
  const lines = tableText(columns, rows).split('\n')
  return lines.map((line) => (width === null ? line : clipped(line, width))).join('\n')
}
