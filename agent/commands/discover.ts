import { stat } from 'node:fs/promises'
import type { Command } from 'commander'
import { encodeCbor } from '../../protocol/cbor.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { type FactClass, factClasses } from '../../protocol/facts/classes.ts'
import { systemClock } from '../../protocol/system-effects.ts'
import { checkFacts } from '../discovery/check-facts.ts'
import { discover } from '../discovery/discover.ts'
import { type Host, rootedHost } from '../host.ts'

/** What `assay-agent discover` prints. */
export interface Discovered {
  /** Facts by class, as `protocol/facts` types them; a class whose probe failed is not there. */
  readonly facts: Readonly<Partial<Record<FactClass, unknown>>>
  readonly findings: readonly Finding[]
}

/** `assay-agent discover`: the facts of this machine, or of a recorded one. */
export function addDiscoverCommand(program: Command, host: Host, signal: AbortSignal): void {
  program
    .command('discover')
    .description('print the facts of this machine, or of a recorded one, and end')
    .option('--root <dir>', 'a recorded tree of /proc, /sys and /dev', '/')
    .option('--json', 'as JSON, which is the default')
    .option('--cbor', 'as one CBOR map')
    .option('--class <names>', 'only these classes, with commas between them')
    .action(async (options: Options) => {
      const found = await discovered(await hostAt(options.root, host), signal)
      const chosen = options.class === undefined ? found : only(found, options.class)
      await Bun.write(
        Bun.stdout,
        options.cbor === true ? encodeCbor(chosen) : `${JSON.stringify(chosen, null, 2)}\n`,
      )
    })
}

interface Options {
  readonly root: string
  readonly cbor?: boolean
  readonly class?: string
}

/** Everything all probes find; facts that are not in their schema have become findings. */
export async function discovered(host: Host, signal: AbortSignal): Promise<Discovered> {
  const facts: Partial<Record<FactClass, unknown>> = {}
  const findings: Finding[] = []
  await discover(
    host,
    systemClock,
    (event) => {
      const checked = checkFacts(event)
      if (checked.kind === 'facts') facts[checked.class] = checked.facts
      else findings.push(checked.finding)
    },
    signal,
  )
  // In the order of the classes, whichever probe was first.
  const ordered = factClasses.flatMap((name) => (name in facts ? [[name, facts[name]]] : []))
  return { facts: Object.fromEntries(ordered), findings: findings.toSorted(byPlace) }
}

/** The live machine for '/', else the recording in that folder. */
export async function hostAt(root: string, live: Host): Promise<Host> {
  if (root === '/') return live
  const status = await stat(root).catch(() => null)
  if (status?.isDirectory() !== true) {
    throw new AppError('not-found', `there is no folder '${root}' with a recorded machine`)
  }
  return rootedHost(root)
}

function only({ facts, findings }: Discovered, names: string): Discovered {
  const wanted = names.split(',').map((name) => name.trim())
  const unknown = wanted.filter((name) => !factClasses.some((known) => known === name))
  if (unknown.length > 0) {
    const known = factClasses.join(', ')
    throw new AppError('bad-request', `no class is called '${unknown[0]}', known are ${known}`)
  }
  const kept = Object.entries(facts).filter(([name]) => wanted.includes(name))
  return { facts: Object.fromEntries(kept), findings }
}

function byPlace(a: Finding, b: Finding): number {
  return `${a.code} ${a.subject}`.localeCompare(`${b.code} ${b.subject}`)
}
