import { parseArgs } from 'node:util'
import type { ConfigSources } from './config.ts'

export interface ServerArguments extends ConfigSources {
  readonly kind: 'run'
  /** Written once the server serves: its addresses as JSON. Null: none. */
  readonly readyFile: string | null
  /** Prints the same as one line on standard output instead of lines for people. */
  readonly jsonReady: boolean
}

export const usage = `Usage: bun server/main.ts [options]

  --config FILE       YAML or JSON; keys and defaults:
                        dataDir (/var/lib/assay for root, else ~/.local/share/assay)
                        api {host 127.0.0.1, port 7080}
                        netboot {host 0.0.0.0, port 7081, publicUrl, kernelArguments}
                        agent {host 0.0.0.0, port 7443, publicAddress}
                        policy {kind: manual} or {kind: all, name}
                        dnsmasq null or {interface, mode: dhcp|proxy, range, router, commandPrefix}
                        webhooks {origins []}: whom webhooks may call
                        bootDir, webDir, idDir, ipxeDir, scriptDir
  --data-dir FOLDER   the same as --set dataDir=FOLDER
  --set KEY=VALUE     one key, such as api.port=8080; may be repeated
  --ready-file FILE   write the addresses there as JSON once the server serves
  --json-ready        print them as one line of JSON instead of lines for people
  --help
`

/** The command line. Throws an error that names the option for one there is not. */
export function parseArguments(args: readonly string[]): ServerArguments | { kind: 'help' } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      'data-dir': { type: 'string' },
      set: { type: 'string', multiple: true },
      'ready-file': { type: 'string' },
      'json-ready': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return { kind: 'help' }
  const dataDir = values['data-dir']
  return {
    kind: 'run',
    file: values.config ?? null,
    settings: [
      ...(values.set ?? []),
      ...(dataDir === undefined ? [] : [`dataDir=${JSON.stringify(dataDir)}`]),
    ],
    readyFile: values['ready-file'] ?? null,
    jsonReady: values['json-ready'] ?? false,
  }
}
