import type { Command } from 'commander'
import { z } from 'zod'
import type { FleetFinding, MachineSummary } from '../../protocol/api.ts'
import type { Cli } from '../cli.ts'
import { tableText } from '../table.ts'

/** `assay findings`: what is wrong, in the fleet and machine by machine. */
export function addFindingsCommand(program: Command, cli: Cli): void {
  program
    .command('findings')
    .description('what is wrong: machines with findings, and what shows only across machines')
    .action(async (_: unknown, command: Command) => {
      const client = await cli.connect(command)
      const [fleet, all] = await Promise.all([
        client.machines.fleetFindings(),
        client.machines.list(),
      ])
      const machines = all.flatMap((machine) => {
        const { 'finding.errors': errors, 'finding.warnings': warnings } = machine.attributes
        const counts = countsSchema.parse({ errors, warnings })
        return counts.errors + counts.warnings === 0 ? [] : [{ machine, ...counts }]
      })
      const answer = {
        fleet,
        machines: machines.map(({ machine, ...counts }) => ({
          id: machine.id,
          ...counts,
          codes: codesOf(machine),
        })),
      }
      cli.print(
        command,
        answer,
        () => [...machineRows(machines), ...fleetRows(fleet, all)].join('\n\n') || 'no findings',
      )
    })
}

const countsSchema = z.object({
  errors: z.number().default(0),
  warnings: z.number().default(0),
})
const codesSchema = z.array(z.string()).nullable().default([])

type Counted = z.infer<typeof countsSchema> & { readonly machine: MachineSummary }

function codesOf({ attributes }: MachineSummary): readonly string[] {
  return codesSchema.parse(attributes['finding.codes']) ?? []
}

function titleOf({ id, name }: MachineSummary): string {
  return name ?? id
}

function machineRows(machines: readonly Counted[]): readonly string[] {
  if (machines.length === 0) return []
  const columns = [
    { title: 'MACHINE' },
    { title: 'ERRORS', align: 'right' as const },
    { title: 'WARNINGS', align: 'right' as const },
    { title: 'FINDINGS' },
  ]
  const rows = machines.map(({ machine, errors, warnings }) => [
    titleOf(machine),
    String(errors),
    String(warnings),
    codesOf(machine).join(', '),
  ])
  return [tableText(columns, rows)]
}

function fleetRows(
  fleet: readonly FleetFinding[],
  machines: readonly MachineSummary[],
): readonly string[] {
  if (fleet.length === 0) return []
  const titles = new Map(machines.map((machine) => [machine.id, titleOf(machine)]))
  const columns = ['FLEET', 'SEVERITY', 'MESSAGE', 'MACHINES'].map((title) => ({ title }))
  const rows = fleet.map(({ code, severity, message, machineIds }) => [
    code,
    severity,
    message,
    machineIds.map((id) => titles.get(id) ?? id).join(', '),
  ])
  return [tableText(columns, rows)]
}
