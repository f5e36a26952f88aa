import { parseArgs } from 'node:util'
import type { Firmware } from './plan.ts'

export interface LabOptions {
  readonly kind: 'run'
  readonly machineCount: number
  /** End after the report instead of staying up. */
  readonly once: boolean
  readonly firmware: Firmware | 'mixed'
  /** `user`: QEMU's own network, for those who are not root. */
  readonly network: 'bridge' | 'user'
  readonly apiPort: number
  readonly timeoutSeconds: number
  /** The report as JSON on standard output; everything else goes to standard error. */
  readonly json: boolean
}

const machinesMinimum = 3
const machinesMaximum = 12

export const labUsage = `Usage: npm run lab -- [options]

Boots virtual machines in two racks from power-off through firmware, iPXE and the boot agent, asks for
two of one rack by what they are, shows why it got these, writes an image to both and boots them from
disk. Stays up until Ctrl-C.

  --machines N                ${machinesMinimum} to ${machinesMaximum} machines (${machinesMinimum})
  --firmware bios|uefi|mixed  (bios)
  --once                      end after the report; exit 0 when the whole job was done
  --network bridge|user       a bridge in a network namespace (root), or QEMU's own network
                              (default: bridge for root, else user)
  --port N                    port of the page and API on 127.0.0.1 (7080)
  --timeout SECONDS           give up after that (1200)
  --json                      print the report as JSON
  --help

Exit status: 0 done, 1 failed (the consoles' tails are printed), 2 wrong options.
`

/** The command line. Throws an error that quotes what is wrong and says what is wanted. */
export function parseLabOptions(
  args: readonly string[],
  isRoot: boolean,
): LabOptions | { readonly kind: 'help' } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      machines: { type: 'string', default: String(machinesMinimum) },
      firmware: { type: 'string', default: 'bios' },
      once: { type: 'boolean', default: false },
      network: { type: 'string', default: isRoot ? 'bridge' : 'user' },
      port: { type: 'string', default: '7080' },
      timeout: { type: 'string', default: '1200' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return { kind: 'help' }
  const network = oneOf('network', values.network, ['bridge', 'user'])
  if (network === 'bridge' && !isRoot) {
    throw new Error('--network bridge needs root; run as root or take --network user')
  }
  return {
    kind: 'run',
    machineCount: integer('machines', values.machines, machinesMinimum, machinesMaximum),
    once: values.once,
    firmware: oneOf('firmware', values.firmware, ['bios', 'uefi', 'mixed']),
    network,
    apiPort: integer('port', values.port, 0, 65_535),
    timeoutSeconds: integer('timeout', values.timeout, 60, 86_400),
    json: values.json,
  }
}

/** Firmware of machine `number`, from 1. */
export function firmwareOf(option: LabOptions['firmware'], number: number): Firmware {
  if (option === 'mixed') return number % 2 === 1 ? 'bios' : 'uefi'
  return option
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found === undefined) {
    throw new Error(`--${name} '${value}' is not one of ${allowed.join(', ')}`)
  }
  return found
}

function integer(name: string, value: string, least: number, most: number): number {
  const number = Number(value)
  if (!/^\d+$/.test(value) || number < least || number > most) {
    throw new Error(`--${name} '${value}' is not a number from ${least} to ${most}`)
  }
  return number
}
