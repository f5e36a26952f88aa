import type { Command } from 'commander'
import { z } from 'zod'
import type { Inspection, InspectionDiff } from '../../protocol/inspections.ts'
import { machineNamed } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { ageText, instantText, nothing } from '../format.ts'
import { tableText } from '../table.ts'

const argument = 'id or its beginning, name, or serial number'

/** `assay history` and `assay diff`: what a machine was found to be, then and now. */
export function addHistoryCommands(program: Command, cli: Cli): void {
  program
    .command('history')
    .description('inspections of a machine, newest first')
    .argument('<machine>', argument)
    .action(async (wanted: string, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      const { id } = await machineNamed(client, wanted)
      const inspections = await client.machines.inspections(id)
      cli.print(command, inspections, () => historyText(inspections))
    })
  program
    .command('diff')
    .description('what changed in a machine between its last two inspections, or two others')
    .argument('<machine>', argument)
    .option('--from <inspection>', 'the earlier one; see history')
    .option('--to <inspection>', 'the later one')
    .option('--all', 'changes in detail too')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const { from, to, all } = optionsSchema.parse(command.opts())
      const client = await cli.connect(command)
      const { id } = await machineNamed(client, wanted)
      const diff = await client.machines.diff(id, {
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      })
      cli.print(command, diff, () => diffText(diff, all))
    })
}

const optionsSchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  all: z.boolean().default(false),
})

function historyText(inspections: readonly Inspection[]): string {
  if (inspections.length === 0) return 'never inspected'
  return tableText(
    ['INSPECTION', 'STARTED', 'TOOK', 'STEP', 'CLASSES', 'FINDINGS'].map((title) => ({ title })),
    inspections.map(({ id, startedAtMs, endedAtMs, step, classes, findingCount }) => [
      id,
      instantText(startedAtMs),
      endedAtMs === null ? nothing : ageText(endedAtMs - startedAtMs),
      step,
      String(classes.length),
      String(findingCount),
    ]),
  )
}

function diffText({ from, to, changes, notCompared }: InspectionDiff, all: boolean): string {
  const shown = all ? changes : changes.filter(({ importance }) => importance !== 'detail')
  const hidden = changes.length - shown.length
  return [
    `from ${from.id} of ${instantText(from.startedAtMs)}`,
    `to   ${to.id} of ${instantText(to.startedAtMs)}`,
    '',
    ...(shown.length === 0 ? ['nothing changed'] : shown.map(changeLine)),
    ...(hidden === 0 ? [] : ['', `${hidden} more in detail: --all shows them`]),
    ...(notCompared.length === 0 ? [] : ['', `not compared: ${notCompared.join(', ')}`]),
  ].join('\n')
}

const signs = { added: '+', removed: '-', changed: '~' } as const

function changeLine({ kind, importance, text }: InspectionDiff['changes'][number]): string {
  return `${signs[kind]} ${importance.padEnd(8)}  ${text}`
}
