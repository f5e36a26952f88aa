import type { Command } from 'commander'
import { z } from 'zod'
import type { MachineSummary } from '../protocol/api.ts'
import { createClient } from '../protocol/client.ts'
import type { Client } from '../protocol/client.ts'
import { exitCodes } from './exit-code.ts'
import type { ExitCode } from './exit-code.ts'
import { findMachine } from './find-machine.ts'
import { safeJson, safeLines } from './safe-text.ts'
import { readSettings } from './settings.ts'
import type { CliWorld } from './world.ts'

const globalOptionsSchema = z.object({
  server: z.string().optional(),
  token: z.string().optional(),
  config: z.string().optional(),
  json: z.boolean().default(false),
})

/** What every command works with. */
export class Cli {
  readonly world: CliWorld
  /** What the process ends with, unless something is thrown. */
  exitCode: ExitCode = exitCodes.done

  constructor(world: CliWorld) {
    this.world = world
  }

  async connect(command: Command): Promise<Client> {
    const { server, token, config } = globalOptionsSchema.parse(command.optsWithGlobals())
    const settings = await readSettings(this.world, {
      ...(server === undefined ? {} : { server }),
      ...(token === undefined ? {} : { token }),
      ...(config === undefined ? {} : { config }),
    })
    return createClient({ baseUrl: settings.server, token: settings.token })
  }

  wantsJson(command: Command): boolean {
    return globalOptionsSchema.parse(command.optsWithGlobals()).json
  }

  /** The answer as JSON where that was asked for, as text otherwise. */
  print(command: Command, answer: unknown, text: () => string): void {
    if (this.wantsJson(command)) this.world.output.write(`${safeJson(answer, 2)}\n`)
    else this.line(text())
  }

  /** Text for people; nothing in it moves their cursor. */
  line(text: string): void {
    this.world.output.write(`${safeLines(text)}\n`)
  }

  get nowMs(): number {
    return this.world.clock.now()
  }
}

/** The machines of the server, and the one that `wanted` names. */
export async function machineNamed(client: Client, wanted: string): Promise<MachineSummary> {
  return findMachine(await client.machines.list(), wanted)
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
