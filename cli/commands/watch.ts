import type { Command } from 'commander'
import { z } from 'zod'
import type { AssayEvent, MachineSummary } from '../../protocol/api.ts'
import type { Client } from '../../protocol/client.ts'
import { AppError, errorChain } from '../../protocol/errors.ts'
import type { Cli } from '../cli.ts'
import { findMachine, shortIds } from '../find-machine.ts'
import { activityText, doingText, machineTitle, percentText, stateText } from '../format.ts'
import { LiveBlock } from '../live-block.ts'
import { safeJson } from '../safe-text.ts'

/** A broken stream is taken up again this often in a row, with a second more between each. */
const retriesMaximum = 8

/** `assay watch`: what happens, as it happens. */
export function addWatchCommand(program: Command, cli: Cli): void {
  program
    .command('watch')
    .description('what happens, a line for each event, until interrupted')
    .argument('[machine]', 'only this one')
    .option('--since <seq>', 'begin after this event instead of now')
    .action(async (wanted: string | undefined, _: unknown, command: Command) => {
      const { since } = z
        .object({
          since: z
            .string()
            .regex(/^\d{1,15}$/)
            .transform(Number)
            .nullable()
            .default(null),
        })
        .parse(command.opts())
      const client = await cli.connect(command)
      const machines = await client.machines.list()
      const only = wanted === undefined ? null : findMachine(machines, wanted).id
      const show = cli.wantsJson(command)
        ? (event: AssayEvent) => cli.world.output.write(`${safeJson(event, 0)}\n`)
        : eventPrinter(cli, machines)
      await follow(cli, client, since, (event) => {
        if (only === null || concerns(event, only)) show(event)
      })
    })
}

/** Goes on where a broken stream ended, so that no durable event is missed. */
async function follow(
  cli: Cli,
  client: Client,
  since: number | null,
  show: (event: AssayEvent) => void,
): Promise<void> {
  const { stop, clock } = cli.world
  let last = since
  for (let retries = 0; !stop.aborted;) {
    let failure = new Error('the server ended the stream')
    try {
      for await (const event of client.events(last, stop)) {
        retries = 0
        if (event.seq !== null) last = event.seq
        show(event)
      }
    } catch (error) {
      if (isInterrupted(stop)) return
      if (error instanceof AppError) throw error
      failure = error instanceof Error ? error : new Error(String(error))
    }
    if (isInterrupted(stop)) return
    retries += 1
    if (retries > retriesMaximum) throw failure
    cli.world.complain(`assay: ${errorChain(failure)}; again in ${retries} s`)
    await clock.sleep(retries * 1000, stop).catch(() => undefined)
  }
}

/** Asked in a function: the compiler does not know that time passes between two questions. */
function isInterrupted(stop: AbortSignal): boolean {
  return stop.aborted
}

function concerns(event: AssayEvent, machineId: string): boolean {
  switch (event.kind) {
    case 'machine':
      return event.machine.id === machineId
    case 'activity':
      return event.machineId === machineId
    case 'allocation':
      return event.allocation.machines.some((member) => member.machineId === machineId)
  }
}

/** Lines for people: activity stays at the foot of a terminal, and is one line each elsewhere. */
function eventPrinter(cli: Cli, machines: readonly MachineSummary[]): (event: AssayEvent) => void {
  const { output } = cli.world
  const known = new Map(machines.map((machine) => [machine.id, machine]))
  const block = output.isTerminal ? new LiveBlock(output) : null
  const print = (line: string) => (block === null ? cli.line(line) : block.print(line))
  return (event) => {
    switch (event.kind) {
      case 'machine':
        known.set(event.machine.id, event.machine)
        if (event.machine.activity === null) block?.set(event.machine.id, null)
        return print(`${clockText(event.atMs)} machine ${machineLine(event.machine, known)}`)
      case 'allocation':
        return print(`${clockText(event.atMs)} allocation ${allocationLine(event, known)}`)
      case 'activity': {
        const { activity, machineId } = event
        if (activity === null) return block?.set(machineId, null)
        const line = `${titleOf(machineId, known)} ${activityText(activity)}`
        if (block === null) cli.line(`${clockText(event.atMs)} activity ${line}`)
        else block.set(machineId, `  ${line}`)
      }
    }
  }
}

function machineLine(machine: MachineSummary, known: ReadonlyMap<string, MachineSummary>): string {
  const { reason } = machine
  const words = [titleOf(machine.id, known), stateText(machine), `(${doingText(machine)})`]
  return `${words.join(' ')}${reason === null ? '' : `: ${reason}`}`
}

function allocationLine(
  { allocation }: Extract<AssayEvent, { kind: 'allocation' }>,
  known: ReadonlyMap<string, MachineSummary>,
): string {
  const members = allocation.machines.map(({ machineId, deployment }) => {
    const title = titleOf(machineId, known)
    if (deployment === null) return title
    const { state, progress } = deployment
    const share =
      progress === null ? '' : ` ${percentText(progress.bytesWritten, progress.bytesTotal)}`
    return `${title} ${state}${share}`
  })
  return `${allocation.id} ${allocation.state} for ${allocation.owner}: ${members.join(', ')}`
}

function titleOf(id: string, known: ReadonlyMap<string, MachineSummary>): string {
  const machine = known.get(id)
  const title = machine === undefined ? null : machineTitle(machine)
  return title ?? shortIds([...known.keys(), id]).get(id) ?? id
}

/** The time of day, UTC. */
function clockText(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19)
}
