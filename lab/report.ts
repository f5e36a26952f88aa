import type { MachineSummary } from '../protocol/api.ts'
import { milestones } from './milestones.ts'
import type { Milestone, MilestoneTimes } from './milestones.ts'

/** How a run of the lab ended. */
export interface LabReport {
  readonly succeeded: boolean
  readonly firmware: string
  readonly page: string
  readonly machines: readonly ReportedMachine[]
  /** Seconds of the lab's own steps, in order. */
  readonly steps: readonly { readonly name: string; readonly seconds: number }[]
  readonly explanation: string
}

export interface ReportedMachine {
  readonly name: string
  readonly firmware: string
  readonly id: string | null
  readonly state: string
  readonly shape: string
  /** Kernel and way of booting of the written system; null: it does not run one. */
  readonly running: string | null
  /** Seconds from power-on. */
  readonly milestones: Readonly<Partial<Record<Milestone, number>>>
}

/** A machine's row. `machine` null: its agent was never heard of. */
export function reportMachine(
  plan: {
    readonly name: string
    readonly firmware: string
    readonly shape: { readonly name: string }
  },
  machine: MachineSummary | null,
  times: MilestoneTimes,
): ReportedMachine {
  const running = machine?.running ?? null
  return {
    name: plan.name,
    firmware: plan.firmware,
    id: machine?.id ?? null,
    state: machine?.state ?? 'never heard of',
    shape: machine?.shape?.text ?? plan.shape.name,
    running:
      running === null
        ? null
        : `Linux ${running.kernel}, booted by ${running.bootMode}, up ${running.uptimeSeconds.toFixed(0)} s`,
    milestones: Object.fromEntries(
      [...times].map(([name, seconds]) => [name, Math.round(seconds * 10) / 10]),
    ),
  }
}

/** The report as text. */
export function reportText(report: LabReport): string {
  const width = Math.max(...milestones.map((name) => name.length))
  const names = report.machines.map(({ name }) => name.padStart(8)).join('')
  const rows = milestones.map((milestone) => {
    const cells = report.machines.map(({ milestones: times }) => {
      const seconds = times[milestone]
      return (seconds === undefined ? '-' : seconds.toFixed(1)).padStart(8)
    })
    return `  ${milestone.padEnd(width)}${cells.join('')}`
  })
  return [
    '',
    ...report.machines.map(machineText),
    '',
    'Seconds from power-on:',
    `  ${''.padEnd(width)}${names}`,
    ...rows,
    '',
    'Seconds of the lab itself:',
    ...report.steps.map(
      ({ name, seconds }) => `  ${name.padEnd(28)}${seconds.toFixed(1).padStart(8)}`,
    ),
    '',
    report.succeeded ? 'The whole job was done.' : 'The job was NOT done.',
  ].join('\n')
}

function machineText({ name, firmware, state, shape, running }: ReportedMachine): string {
  const what = running === null ? state : `runs the written image: ${running}`
  return `${name} (${firmware})  ${what}\n      ${shape}`
}
