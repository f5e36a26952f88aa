import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { systemCommands } from '../../lab/system-commands.ts'
import { systemClock } from '../../protocol/system-effects.ts'

/** A real server process on loopback and free ports, under the policy that approves nobody. */
export interface TestServer {
  readonly apiUrl: string
  readonly netbootUrl: string
  readonly token: string
  readonly logFile: string
  close(): Promise<void>
}

const readySchema = z.object({
  apiUrl: z.string(),
  netbootUrl: z.string(),
  operatorTokenFile: z.string(),
})

export async function startTestServer(dataDir: string): Promise<TestServer> {
  const readyFile = `${dataDir}.ready.json`
  const logFile = `${dataDir}.log`
  const ports = ['api.port=0', 'netboot.port=0', 'agent.port=0']
  const settings = [...ports, 'netboot.host=127.0.0.1', 'agent.host=127.0.0.1']
  const child = systemCommands.start(
    [
      process.execPath,
      join(import.meta.dirname, '../../server/main.ts'),
      '--data-dir',
      dataDir,
      '--ready-file',
      readyFile,
      ...settings.flatMap((setting) => ['--set', setting]),
    ],
    logFile,
  )
  const patience = AbortSignal.timeout(30_000)
  while (!(await Bun.file(readyFile).exists())) {
    if (patience.aborted)
      throw new Error(`server did not start: ${await readFile(logFile, 'utf8')}`)
    await systemClock.sleep(50)
  }
  const ready = readySchema.parse(await Bun.file(readyFile).json())
  return {
    ...ready,
    token: (await readFile(ready.operatorTokenFile, 'utf8')).trim(),
    logFile,
    async close() {
      child.kill('SIGTERM')
      await child.exited
    },
  }
}
