import type { Command } from 'commander'
import { z } from 'zod'
import type { MachineDetail } from '../../protocol/api.ts'
import type { DeviceNames } from '../../protocol/device-names.ts'
import { machineNamed } from '../cli.ts'
import type { Cli } from '../cli.ts'
import { agoText, doingText, instantText, nothing, percentText, stateText } from '../format.ts'
import { figureText } from '../../protocol/human-text.ts'
import { hardwareTables, ofClass } from '../hardware-tables.ts'
import { pciTreeText } from '../pci-tree-text.ts'
import { fieldsText, tableText } from '../table.ts'

/** Rows of a history that are shown; `--json` has all. */
const shownRows = 12

/** `assay show`: all about one machine. */
export function addShowCommand(program: Command, cli: Cli): void {
  program
    .command('show')
    .description('one machine: hardware, figures, findings, deployments')
    .argument('<machine>', 'id or its beginning, name, or serial number')
    .option('--pci', 'the tree of its PCI functions instead')
    .action(async (wanted: string, _: unknown, command: Command) => {
      const { pci } = optionsSchema.parse(command.opts())
      const client = await cli.connect(command)
      const { id } = await machineNamed(client, wanted)
      const [machine, names] = await Promise.all([
        client.machines.get(id),
        client.machines.deviceNames(id),
      ])
      cli.print(command, { ...machine, names }, () =>
        pci ? pciText(machine, names) : machineText(machine, names, cli.nowMs),
      )
    })
}

const optionsSchema = z.object({ pci: z.boolean().default(false) })

function pciText(machine: MachineDetail, names: DeviceNames): string {
  const [text] = ofClass(machine, 'pci', (facts) => pciTreeText(facts, names))
  return text ?? 'no PCI function is known'
}

function machineText(machine: MachineDetail, names: DeviceNames, nowMs: number): string {
  return [
    fieldsText(identityFields(machine, nowMs)),
    ...hardwareTables(machine, names),
    ...findings(machine),
    ...results(machine),
    ...phases(machine),
    ...deployments(machine),
  ].join('\n\n')
}

function identityFields(machine: MachineDetail, nowMs: number): (readonly [string, string])[] {
  const { claims, labels, running } = machine
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return [
    ['machine', machine.id],
    ['name', machine.name ?? nothing],
    ['serial', claims.systemSerial ?? nothing],
    ['state', stateText(machine)],
    ...(machine.reason === null ? [] : [['reason', machine.reason] as const]),
    ['doing', doingText(machine)],
    ['hardware', machine.shape?.text ?? nothing],
    ['address', machine.address ?? nothing],
    ['labels', pairs.length === 0 ? nothing : pairs.join(' ')],
    ['allocation', machine.allocationId ?? nothing],
    ['fencing token', String(machine.fencingToken)],
    ['seen', machine.connected ? 'connected' : agoText(machine.lastSeenAtMs, nowMs)],
    ['SMBIOS UUID', claims.smbiosUuid ?? nothing],
    ['MACs', claims.macs.join(' ')],
    ...(running === null
      ? []
      : [
          [
            'runs',
            `${running.hostname}, kernel ${running.kernel}, ${running.bootMode}, ` +
              `reported ${agoText(running.reportedAtMs, nowMs)}`,
          ] as const,
        ]),
  ]
}

function findings({ findings }: MachineDetail): readonly string[] {
  if (findings.length === 0) return []
  const columns = ['FINDING', 'SEVERITY', 'ABOUT', 'MESSAGE'].map((title) => ({ title }))
  const rows = findings.map(({ code, severity, subject, message }) => [
    code,
    severity,
    subject,
    message,
  ])
  return [tableText(columns, rows)]
}

function results({ results }: MachineDetail): readonly string[] {
  if (results.length === 0) return []
  const rows = results.flatMap(({ method, component, metrics, noisy, reasons }) =>
    Object.entries(metrics).map(([name, { best, median, mad, unit, count }]) => [
      method,
      component,
      name,
      figureText(best, unit),
      figureText(median, unit),
      median === 0 ? nothing : `±${((mad / median) * 100).toFixed(1)}%`,
      String(count),
      noisy ? reasons.join(', ') : '',
    ]),
  )
  const right = { align: 'right' } as const
  const columns = [
    { title: 'BENCHMARK' },
    { title: 'OF' },
    { title: 'METRIC' },
    { title: 'BEST', ...right },
    { title: 'MEDIAN', ...right },
    { title: 'SPREAD', ...right },
    { title: 'N', ...right },
    { title: 'NOISY' },
  ]
  return [tableText(columns, rows)]
}

function phases({ phases }: MachineDetail): readonly string[] {
  if (phases.length === 0) return []
  const columns = ['PHASE', 'SINCE BOOT', 'AT'].map((title) => ({ title }))
  const rows = phases
    .slice(-shownRows)
    .map(({ phase, atSeconds, atMs }) => [
      phase,
      atSeconds === null ? nothing : `${atSeconds.toFixed(1)} s`,
      instantText(atMs),
    ])
  return [tableText(columns, rows)]
}

function deployments({ deployments }: MachineDetail): readonly string[] {
  if (deployments.length === 0) return []
  const columns = ['DEPLOYMENT', 'IMAGE', 'STATE', 'TRY', 'DISK', 'STARTED', 'ERROR']
  const rows = deployments.map((deployment) => {
    const { image, state, progress, attempt, disk, startedAtMs, error } = deployment
    const share =
      progress === null ? '' : ` ${percentText(progress.bytesWritten, progress.bytesTotal)}`
    return [
      deployment.id,
      `${image.name}@${image.version}`,
      `${state}${share}`,
      String(attempt),
      disk ?? nothing,
      instantText(startedAtMs),
      error ?? '',
    ]
  })
  return [
    tableText(
      columns.map((title) => ({ title })),
      rows,
    ),
  ]
}
