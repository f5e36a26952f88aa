import { rename, writeFile } from 'node:fs/promises'
import { errorChain } from '../protocol/errors.ts'
import { systemClock, systemRandom } from '../protocol/system-effects.ts'
import { parseArguments, usage } from './arguments.ts'
import type { ServerArguments } from './arguments.ts'
import { readConfig } from './config.ts'
import { jsonLogger } from './log.ts'
import { startProcess } from './netboot/child-process.ts'
import { startServer } from './start.ts'
import type { RunningServer, ServerAddresses } from './start.ts'

try {
  const args = parseArguments(process.argv.slice(2))
  if (args.kind === 'help') console.log(usage)
  else await run(args)
} catch (error) {
  console.error(`assay-server: ${errorChain(error)}`)
  process.exitCode = 1
}

async function run(args: ServerArguments): Promise<void> {
  const config = await readConfig(args)
  const log = jsonLogger(2)
  const world = { clock: systemClock, random: systemRandom, log, startProcess }
  const server = await startServer(config, world)
  endOnSignal(server)
  const { addresses } = server
  console.log(args.jsonReady ? JSON.stringify(addresses) : textFor(addresses))
  if (args.readyFile !== null) {
    await writeFile(`${args.readyFile}.new`, `${JSON.stringify(addresses)}\n`)
    await rename(`${args.readyFile}.new`, args.readyFile)
  }
}

/** The first signal ends in order, the second at once. */
function endOnSignal(server: RunningServer): void {
  let ending = false
  const end = (signal: string) => {
    if (ending) process.exit(1)
    ending = true
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`assay-server: ${signal}: ${errorChain(error)}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => end('SIGTERM'))
  process.on('SIGINT', () => end('SIGINT'))
}

function textFor(addresses: ServerAddresses): string {
  return [
    `page and API   ${addresses.apiUrl}`,
    `netboot        ${addresses.netbootUrl}/boot.ipxe`,
    `agents         ${addresses.agentAddress}`,
    `data           ${addresses.dataDir}`,
    `operator token ${addresses.operatorTokenFile}`,
  ].join('\n')
}
