import type { Command } from 'commander'
import { z } from 'zod'
import type { Fabric, FabricHost, FabricImport, FabricSwitch } from '../../protocol/fabric.ts'
import type { Cli } from '../cli.ts'
import { linkSpeedText, nothing } from '../format.ts'
import { tableText } from '../table.ts'

/** `assay fabric show|import|remove`: which machine hangs on which switch. */
export function addFabricCommands(program: Command, cli: Cli): void {
  const fabric = program.command('fabric').description('switches, rails, and who hangs on them')
  fabric
    .command('show', { isDefault: true })
    .description('switches, and each host with its leaf on each rail')
    .action(async (_: unknown, command: Command) => {
      const client = await cli.connect(command)
      const [known, machines] = await Promise.all([client.fabric.show(), client.machines.list()])
      const titles = new Map(machines.map(({ id, name }) => [id, name ?? id]))
      cli.print(command, known, () => fabricText(known, titles))
    })
  fabric
    .command('import')
    .description('take a subnet as ibnetdiscover printed it')
    .argument('<file>', "what 'ibnetdiscover' printed; - reads standard input")
    .option('--name <name>', 'to keep it under; another import of the name replaces it', 'fabric')
    .action(async (file: string, _: unknown, command: Command) => {
      const { name } = z.object({ name: z.string() }).parse(command.opts())
      const client = await cli.connect(command)
      const imported = await client.fabric.import(name, await cli.world.readText(file))
      cli.print(command, imported, () => importText(imported))
    })
  fabric
    .command('remove')
    .description('forget an imported subnet')
    .argument('<name>', 'that it was imported under')
    .action(async (name: string, _: unknown, command: Command) => {
      const client = await cli.connect(command)
      await client.fabric.remove(name)
      cli.print(command, { removed: name }, () => `removed ${name}`)
    })
}

function importText(imported: FabricImport): string {
  const { name, leafCount, spineCount, coreCount, hostCount, railCount } = imported
  const core = coreCount === 0 ? '' : `, ${coreCount} core switches`
  return [
    `imported ${name}: ${leafCount} leaf and ${spineCount} spine switches${core}, ` +
      `${hostCount} hosts on ${railCount} rails`,
    ...(imported.namelessAdapterCount === 0
      ? []
      : [`${imported.namelessAdapterCount} adapters do not say which host they are in`]),
    ...imported.findings.map(({ severity, message }) => `${severity}: ${message}`),
  ].join('\n')
}

function fabricText({ sources, switches, hosts }: Fabric, titles: ReadonlyMap<string, string>) {
  if (switches.length === 0 && hosts.length === 0) {
    return "no fabric: 'assay fabric import FILE' takes what ibnetdiscover printed"
  }
  const names = new Map(switches.map(({ id, name }) => [id, name]))
  return [
    ...sources.map(
      ({ name, generatedAt, namelessAdapterCount }) =>
        `${name}: found ${generatedAt ?? 'at a time it does not say'}, ` +
        `${namelessAdapterCount} adapters of hosts without a name`,
    ),
    switchesText(switches),
    hostsText(hosts, titles, names),
  ].join('\n\n')
}

function switchesText(switches: readonly FabricSwitch[]): string {
  return tableText(
    [
      { title: 'SWITCH' },
      { title: 'LEVEL' },
      { title: 'RAILS' },
      { title: 'HOST LINKS', align: 'right' },
      { title: 'SWITCH LINKS', align: 'right' },
      { title: 'MODEL' },
      { title: 'ID' },
    ],
    switches.map(({ name, level, rails, hostLinkCount, switches: linked, model, id }) => [
      name,
      level ?? nothing,
      rails.length === 0 ? nothing : rails.join(' '),
      String(hostLinkCount),
      String(linked.reduce((sum, { linkCount }) => sum + linkCount, 0)),
      model ?? nothing,
      id,
    ]),
  )
}

function hostsText(
  hosts: readonly FabricHost[],
  titles: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string>,
): string {
  if (hosts.length === 0) return 'no hosts'
  return tableText(
    [
      { title: 'HOST' },
      { title: 'MACHINE' },
      { title: 'RACK' },
      { title: 'RAIL', align: 'right' },
      { title: 'PORT' },
      { title: 'LEAF' },
      { title: 'AT' },
      { title: 'SPEED', align: 'right' },
    ],
    hosts.flatMap(({ name, machineId, rack, rails }) =>
      rails.map((rail) => [
        name ?? nothing,
        machineId === null ? nothing : (titles.get(machineId) ?? machineId),
        rack ?? nothing,
        String(rail.rail),
        rail.port ?? nothing,
        rail.leafId === null ? 'not seen' : (names.get(rail.leafId) ?? rail.leafId),
        rail.leafPort ?? nothing,
        linkSpeedText(rail.linkSpeedBitsPerSecond),
      ]),
    ),
  )
}
