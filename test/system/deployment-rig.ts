import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort } from '../../lab/free-port.ts'
import { buildLabImage } from '../../lab/image/build.ts'
import { labFirmware } from '../../lab/lab.ts'
import type { VirtualMachine } from '../../lab/machine.ts'
import { planMachine } from '../../lab/plan.ts'
import type { Firmware } from '../../lab/plan.ts'
import { createRack } from '../../lab/rack.ts'
import type { Rack } from '../../lab/rack.ts'
import { startLabServer } from '../../lab/server-process.ts'
import type { LabServer } from '../../lab/server-process.ts'
import type { MachineShape } from '../../lab/shapes.ts'
import { systemCommands } from '../../lab/system-commands.ts'
import type { MachineSummary } from '../../protocol/api.ts'
import { createClient } from '../../protocol/client.ts'
import type { Client } from '../../protocol/client.ts'
import { systemClock } from '../../protocol/system-effects.ts'

const cache = join(import.meta.dirname, '../../.cache')

/** Machines that really netboot, and a server that can be killed and started again. */
export class DeploymentRig implements AsyncDisposable {
  readonly directory: string
  readonly rack: Rack
  readonly #ports: { readonly api: number; readonly netboot: number; readonly agent: number }
  #server: LabServer

  private constructor(
    directory: string,
    rack: Rack,
    ports: { readonly api: number; readonly netboot: number; readonly agent: number },
    server: LabServer,
  ) {
    this.directory = directory
    this.rack = rack
    this.#ports = ports
    this.#server = server
  }

  static async create(
    machines: readonly { readonly shape: MachineShape; readonly firmware: Firmware }[],
  ): Promise<DeploymentRig> {
    const directory = await mkdtemp(join(tmpdir(), 'assay-system-'))
    const rack = await createRack({
      directory,
      plans: machines.map(({ shape, firmware }, index) => planMachine(index + 1, shape, firmware)),
      network: { kind: 'bridge' },
      firmware: labFirmware(cache),
      commands: systemCommands,
      clock: systemClock,
    })
    const ports = {
      api: await freePort(),
      netboot: await freePort(),
      agent: await freePort(),
    }
    const server = await startServer(directory, rack, ports)
    return new DeploymentRig(directory, rack, ports, server)
  }

  get client(): Client {
    return createClient({ baseUrl: this.#server.apiUrl, token: this.#server.token })
  }

  /** SIGKILL, and a new server on the same data. */
  async crashServer(): Promise<void> {
    await this.#server.kill()
    this.#server = await startServer(this.directory, this.rack, this.#ports)
  }

  async importImage(): Promise<string> {
    const { version, vmlinuz, modules } = kernelSchema.parse(
      JSON.parse(await readFile(join(cache, 'kernel/current.json'), 'utf8')),
    )
    const image = await buildLabImage({
      cacheDirectory: cache,
      commands: systemCommands,
      kernel: {
        version,
        vmlinuz: join(cache, 'kernel', vmlinuz),
        modules: join(cache, 'kernel', modules),
      },
      busybox: '/bin/busybox',
    })
    await this.client.images.import('lab', '1', Bun.file(image.file))
    return image.file
  }

  /** The server's word on a machine of the rack; null before its agent was heard of. */
  async summary(machine: VirtualMachine): Promise<MachineSummary | null> {
    const machines = await this.client.machines.list()
    return machines.find(({ claims }) => claims.smbiosUuid === machine.plan.systemUuid) ?? null
  }

  /** Polls until a machine is as wanted; fails with its console's tail when it takes too long. */
  async until(
    machine: VirtualMachine,
    what: string,
    isTrue: (summary: MachineSummary) => boolean,
    seconds = 240,
  ): Promise<MachineSummary> {
    const deadline = systemClock.monotonic() + seconds * 1000
    for (;;) {
      const summary = await this.summary(machine)
      if (summary !== null && isTrue(summary)) return summary
      if (systemClock.monotonic() > deadline || !machine.isOn) {
        const state = JSON.stringify(summary, null, 1).slice(0, 2000)
        const tail = await machine.consoleTail(25)
        const log = (await readFile(this.#server.logFile, 'utf8')).slice(-2000)
        throw new Error(
          `${machine.plan.name} was never ${what}: ${state}\n--- console\n${tail}\n--- server\n${log}`,
        )
      }
      await systemClock.sleep(100)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close()
    await this.rack.close()
    await rm(this.directory, { recursive: true })
  }
}

const kernelSchema = z.object({ version: z.string(), vmlinuz: z.string(), modules: z.string() })

async function startServer(
  directory: string,
  rack: Rack,
  ports: { readonly api: number; readonly netboot: number; readonly agent: number },
): Promise<LabServer> {
  return startLabServer({
    directory,
    network: rack.network,
    ports,
    commands: systemCommands,
    clock: systemClock,
    started: (pid) => rack.record(pid),
  })
}

/** Bytes of a file from `offset`. */
export async function readBytes(file: string, offset: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length)
  const handle = await open(file, 'r')
  try {
    const { bytesRead } = await handle.read(buffer, 0, length, offset)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
