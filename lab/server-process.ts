import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../protocol/effects.ts'
import type { Child, Commands } from './commands.ts'
import type { RackNetwork } from './network.ts'

const addressesSchema = z.object({
  apiUrl: z.url(),
  netbootUrl: z.url(),
  agentAddress: z.string(),
  operatorTokenFile: z.string(),
})

/** A server of the lab's own, as a process of its own. */
export interface LabServer extends AsyncDisposable {
  readonly apiUrl: string
  readonly netbootUrl: string
  readonly token: string
  readonly logFile: string
  readonly pid: number
  /** SIGTERM, then SIGKILL: everything it started ends with it. */
  close(): Promise<void>
  /** SIGKILL, as a crash would have it. `startServer` with the same options takes over. */
  kill(): Promise<void>
}

export interface LabServerOptions {
  /** Data, configuration and log of the server are kept in it. */
  readonly directory: string
  readonly network: RackNetwork
  /** 0: any free one. Machines are told the netboot and agent ports, so those stay over restarts. */
  readonly ports: { readonly api: number; readonly netboot: number; readonly agent: number }
  readonly commands: Commands
  readonly clock: Clock
  /** Given the pid as soon as there is one, so that a killed run can be cleaned up. */
  readonly started?: (pid: number) => Promise<void>
}

const startPatienceMs = 30_000
const pollMs = 50
const stopPatienceMs = 15_000

/** Starts the server for a rack, with the policy that approves the lab's own machines. */
export async function startLabServer(options: LabServerOptions): Promise<LabServer> {
  const { directory, commands, clock } = options
  const configFile = join(directory, 'server.json')
  const readyFile = join(directory, 'server-ready.json')
  const logFile = join(directory, 'server.log')
  await writeFile(configFile, JSON.stringify(serverConfig(options), null, 2))
  await Bun.file(readyFile).delete().catch(ignoreMissing)
  const child = commands.start(
    [
      process.execPath,
      join(import.meta.dirname, '../server/main.ts'),
      '--config',
      configFile,
      '--ready-file',
      readyFile,
    ],
    logFile,
  )
  await options.started?.(child.pid)
  const addresses = await whenReady(child, readyFile, logFile, clock)
  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    using late = clock.after(stopPatienceMs, () => child.kill('SIGKILL'))
    void late
    child.kill(signal)
    await child.exited
  }
  return {
    apiUrl: addresses.apiUrl,
    netbootUrl: addresses.netbootUrl,
    token: (await readFile(addresses.operatorTokenFile, 'utf8')).trim(),
    logFile,
    pid: child.pid,
    close: () => stop('SIGTERM'),
    kill: () => stop('SIGKILL'),
    [Symbol.asyncDispose]: () => stop('SIGTERM'),
  }
}

function serverConfig({ directory, network, ports }: LabServerOptions): unknown {
  const isBridge = network.kind === 'bridge'
  const listenOn = isBridge ? network.serverAddress : '127.0.0.1'
  return {
    dataDir: join(directory, 'data'),
    api: { port: ports.api },
    netboot: {
      host: listenOn,
      port: ports.netboot,
      publicUrl: `http://${network.serverAddress}:${ports.netboot}`,
    },
    agent: {
      host: listenOn,
      port: ports.agent,
      publicAddress: `${network.serverAddress}:${ports.agent}`,
    },
    policy: { kind: 'all', name: 'lab' },
    dnsmasq: isBridge
      ? {
          interface: network.bridge,
          mode: 'dhcp',
          range: `${network.dhcpRange.first},${network.dhcpRange.last}`,
          commandPrefix: network.commandPrefix,
        }
      : null,
  }
}

async function whenReady(
  child: Child,
  readyFile: string,
  logFile: string,
  clock: Clock,
): Promise<z.infer<typeof addressesSchema>> {
  const ended = new AbortController()
  void child.exited.then(() => ended.abort(new Error('it ended')))
  const deadline = clock.monotonic() + startPatienceMs
  try {
    for (;;) {
      const file = Bun.file(readyFile)
      if (await file.exists()) return addressesSchema.parse(await file.json())
      if (clock.monotonic() > deadline) throw new Error('it was not ready after 30 s')
      await clock.sleep(pollMs, ended.signal)
    }
  } catch (cause) {
    child.kill('SIGKILL')
    const said = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-5).join('\n')
    throw new Error(`the server does not start: ${said}`, { cause })
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error
}
