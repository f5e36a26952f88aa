import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../protocol/system-effects.ts'
import type { Display } from './display.ts'
import { freePort } from './free-port.ts'
import { firmwareOf } from './options.ts'
import type { LabOptions } from './options.ts'
import { planMachine } from './plan.ts'
import { checkHost } from './preflight.ts'
import { createRack, debianFirmware } from './rack.ts'
import type { FirmwareFiles } from './rack.ts'
import { removeDeadRuns } from './run-record.ts'
import { LabRun } from './run.ts'
import { startLabServer } from './server-process.ts'
import { rackShapes } from './shapes.ts'
import { systemCommands } from './system-commands.ts'

/** A rack with its server, ready to run; disposing it removes all it made. */
export interface Lab extends AsyncDisposable {
  readonly run: LabRun
  /** What a person may try while it stays up. */
  readonly hints: readonly string[]
}

/** Builds, cleans up after killed runs, checks the host, makes rack and server. */
export async function startRack(
  options: LabOptions,
  place: { readonly cache: string; readonly directory: string; readonly display: Display },
): Promise<Lab> {
  const { cache, directory, display } = place
  const commands = systemCommands
  const clock = systemClock
  for (const dead of await removeDeadRuns(join(cache, 'lab'), commands, clock)) {
    display.line(`removed what a killed run left: ${dead}`)
  }
  const plans = rackShapes(options.machineCount).map((shape, index) =>
    planMachine(index + 1, shape, firmwareOf(options.firmware, index + 1)),
  )
  const firmware = labFirmware(cache)
  await checkHost(plans, directory, firmware.uefiCode)
  display.line('building boot files and page')
  await commands.run([
    process.execPath,
    join(import.meta.dirname, '../build.ts'),
    '--fast',
    '--only',
    'boot',
    '--only',
    'web',
  ])
  await using parts = new AsyncDisposableStack()
  const netboot = await freePort()
  const network =
    options.network === 'bridge'
      ? ({ kind: 'bridge' } as const)
      : ({
          kind: 'user',
          serverAddress: '10.0.2.2',
          bootUrl: `http://10.0.2.2:${netboot}/boot.ipxe`,
        } as const)
  const rack = parts.use(await createRack({ directory, plans, network, firmware, commands, clock }))
  display.line(
    `rack of ${plans.length} machines: ${plans.map(({ name, shape, firmware }) => `${name} ${shape.name} ${firmware}`).join(', ')}`,
  )
  const server = parts.use(
    await startLabServer({
      directory,
      network: rack.network,
      ports: { api: options.apiPort, netboot, agent: await freePort() },
      commands,
      clock,
      started: (pid) => rack.record(pid),
    }),
  )
  display.line(`page and API: ${server.apiUrl} (server pid ${server.pid}, log ${server.logFile})`)
  const run = new LabRun({
    rack,
    server,
    display,
    clock,
    commands,
    cacheDirectory: cache,
    kernelDirectory: join(cache, 'kernel'),
  })
  const owned = parts.move()
  return {
    run,
    hints: [
      '',
      `The page: ${server.apiUrl} (token: ${server.token})`,
      `export ASSAY_SERVER=${server.apiUrl} ASSAY_TOKEN=${server.token}`,
      'npm run assay -- machines        npm run assay -- show <machine>',
      'npm run assay -- allocations     npm run assay -- watch',
      'Ctrl-C ends the lab and removes all it made.',
    ],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Debian's firmware, and the newer iPXE that set-up keeps in the cache. */
export function labFirmware(cache: string): FirmwareFiles {
  const roms = join(cache, 'ipxe/qemu-roms')
  const efi = join(cache, 'ipxe/snponly.efi')
  return {
    ...debianFirmware,
    romDirectory: existsSync(roms) ? roms : null,
    efiIpxe: existsSync(efi) ? efi : null,
  }
}
