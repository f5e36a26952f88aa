import type { Command } from 'commander'
import { z } from 'zod'
import type { Labels, MachineSummary } from '../../protocol/api.ts'
import type { Client } from '../../protocol/client.ts'
import { AppError } from '../../protocol/errors.ts'
import { machineNamed } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { findMachine } from '../find-machine.ts'
import { machineTitle, stateText } from '../format.ts'

const argument = 'id or its beginning, name, or serial number'

/** What an operator does with machines: approve, label, maintenance, name, inspect, reboot, recover. */
export function addMachineActions(program: Command, cli: Cli): void {
  const step = (
    name: string,
    description: string,
    apply: (client: Client, machine: MachineSummary) => Promise<MachineSummary | undefined>,
  ) =>
    program
      .command(name)
      .description(description)
      .argument('<machine...>', argument)
      .action(async (wanted: readonly string[], _: unknown, command: Command) => {
        const client = await cli.connect(command)
        const all = await client.machines.list()
        const answers: MachineSummary[] = []
        // Every name is looked up before anything is done.
        for (const machine of wanted.map((word) => findMachine(all, word))) {
          answers.push((await apply(client, machine)) ?? machine)
        }
        cli.print(command, answers, () => answers.map(lineOf).join('\n'))
      })

  step('approve', 'let pending machines in', (client, { id }) => client.machines.approve(id))
  step('inspect', 'discover and measure again', (client, { id }) => client.machines.inspect(id))
  step('recover', 'take machines out of error', (client, { id }) => client.machines.recover(id))
  step('reboot', 'reboot machines whose agent is connected', async (client, { id }) => {
    await client.machines.reboot(id)
    return undefined
  })
  addMaintenance(program, cli)
  addName(program, cli)
  addLabel(program, cli)
}

function addMaintenance(program: Command, cli: Cli): void {
  program
    .command('maintenance')
    .description('take a machine out of service, or with --end back into it')
    .argument('<machine>', argument)
    .option('--reason <text>', 'why')
    .option('--end', 'it is well again')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const { reason, end } = z
        .object({ reason: z.string().optional(), end: z.boolean().default(false) })
        .parse(command.opts())
      if (end === (reason !== undefined)) {
        throw new AppError('bad-request', "maintenance wants either --reason 'text' or --end")
      }
      const client = await cli.connect(command)
      const { id } = await machineNamed(client, wanted)
      const machine = await client.machines.setMaintenance(id, reason ?? null)
      cli.print(command, machine, () => lineOf(machine))
    })
}

function addName(program: Command, cli: Cli): void {
  program
    .command('name')
    .description('give a machine a host name, or without one take it away')
    .argument('<machine>', argument)
    .argument('[name]', 'such as node-12')
    .action(async (wanted: string, name: string | undefined, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const { id } = await machineNamed(client, wanted)
      const machine = await client.machines.setName(id, name ?? null)
      cli.print(command, machine, () => lineOf(machine))
    })
}

function addLabel(program: Command, cli: Cli): void {
  program
    .command('label')
    .description('set labels (rack=r12) and remove them (rack-); without any, show them')
    .argument('<machine>', argument)
    .argument('[labels...]', 'key=value sets, key- removes')
    .action(async (wanted: string, words: readonly string[], _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const before = await machineNamed(client, wanted)
      const labels = changedLabels(before.labels, words)
      const machine =
        words.length === 0 ? before : await client.machines.setLabels(before.id, labels)
      cli.print(command, machine, () => {
        const pairs = Object.entries(machine.labels).map(([key, value]) => `${key}=${value}`)
        return pairs.length === 0 ? 'no labels' : pairs.join('\n')
      })
    })
}

/** Labels after `rack=r12` and `leaf-`. Throws `bad-request` for a word that is neither. */
export function changedLabels(labels: Labels, words: readonly string[]): Labels {
  const changed = new Map(Object.entries(labels))
  for (const word of words) {
    const [, key, value] = /^([a-z][a-z0-9-]{0,62})=(.*)$/s.exec(word) ?? []
    const [, removed] = /^([a-z][a-z0-9-]{0,61})-$/.exec(word) ?? []
    if (key !== undefined && value !== undefined) changed.set(key, value)
    else if (removed !== undefined) changed.delete(removed)
    else throw new AppError('bad-request', `label '${word}' is neither key=value nor key-`)
  }
  return Object.fromEntries(changed)
}

function lineOf(machine: MachineSummary): string {
  const { id, reason } = machine
  const title = machineTitle(machine)
  const named = title === null ? id : `${id} (${title})`
  return `${named}: ${stateText(machine)}${reason === null ? '' : `, ${reason}`}`
}
