import { readFile, stat } from 'node:fs/promises'
import type { Command } from 'commander'
import { encodeCbor } from '../../protocol/cbor.ts'
import { AppError } from '../../protocol/errors.ts'
import { factClasses } from '../../protocol/facts/classes.ts'
import { systemClock } from '../../protocol/system-effects.ts'
import { unpackArchive } from '../capture/archive.ts'
import { checkFacts } from '../discovery/check-facts.ts'
import type { DiscoveryEvent } from '../discovery/discover.ts'
import { type Discovered, discovered } from '../discovery/discovered.ts'
import { firmwareList } from '../discovery/firmware-list.ts'
import { type Host, rootedHost } from '../host.ts'

/** `assay-agent discover`: the facts of this machine, or of a recorded one. */
export function addDiscoverCommand(program: Command, host: Host, signal: AbortSignal): void {
  program
    .command('discover')
    .description('print the facts of this machine, or of a recorded one, and end')
    .option('--root <place>', 'a recorded /proc, /sys and /dev: a folder, or a tar archive', '/')
    .option('--json', 'as JSON, which is the default')
    .option('--cbor', 'as one CBOR map')
    .option('--class <names>', 'only these classes, with commas between them')
    .option('--neighbors <seconds>', 'listen for LLDP and CDP announcements for that long')
    .action(async (options: Options) => {
      const wanted = options.class === undefined ? null : classesIn(options.class)
      await using machine = await machineAt(options.root, host)
      const seconds = options.neighbors === undefined ? 0 : secondsIn(options.neighbors)
      const [probed, heard] = await Promise.all([
        discovered(machine.host, systemClock, signal),
        seconds === 0 ? [] : heardWithin(machine.host, seconds, signal),
      ])
      const found = heard.map(checkFacts).reduce(withEvent, probed)
      const chosen =
        wanted === null ? { ...found, firmware: firmwareList(found.facts) } : only(found, wanted)
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
  readonly neighbors?: string
}

/** The longest that anybody has to wait for an announcement: CDP may speak every 254 seconds. */
const longestSeconds = 600

/** Throws for what is no time to wait. */
export function secondsIn(text: string): number {
  const seconds = Number(text)
  if (text !== '' && seconds > 0 && seconds <= longestSeconds) return seconds
  throw new AppError('bad-request', `--neighbors wants 1 to ${longestSeconds} s, found '${text}'`)
}

async function heardWithin(host: Host, seconds: number, signal: AbortSignal) {
  if (!host.live) throw new AppError('bad-request', 'a recorded machine has nobody to listen to')
  const { listenFor } = await import('../neighbors/news.ts')
  return (await listenFor(host, systemClock, seconds, signal)).events
}

function withEvent({ facts, findings }: Discovered, event: DiscoveryEvent): Discovered {
  return event.kind === 'facts'
    ? { facts: { ...facts, [event.class]: event.facts }, findings }
    : { facts, findings: [...findings, event.finding] }
}

/** The live machine for '/', else the recording in that folder or archive. */
export async function machineAt(
  place: string,
  live: Host,
): Promise<AsyncDisposable & { readonly host: Host }> {
  const keep = { [Symbol.asyncDispose]: () => Promise.resolve() }
  if (place === '/') return { host: live, ...keep }
  const status = await stat(place).catch(() => null)
  if (status?.isFile() === true) {
    const archive = await unpackArchive(await readFile(place))
    const remove = () => archive[Symbol.asyncDispose]()
    return { host: await recordedAt(archive.root, place), [Symbol.asyncDispose]: remove }
  }
  if (status?.isDirectory() === true) return { host: await recordedAt(place, place), ...keep }
  throw new AppError('not-found', `there is no folder or archive '${place}'`)
}

/** Throws for a folder without anything a machine has: an empty answer would look like a machine. */
async function recordedAt(root: string, place: string): Promise<Host> {
  const host = rootedHost(root)
  const names = await host.list('/')
  if (names.some((name) => name === 'proc' || name === 'sys')) return host
  const found = names.length === 0 ? 'it is empty' : `it holds ${names.slice(0, 8).join(', ')}`
  throw new AppError('not-found', `'${place}' is no recorded machine: want proc or sys, ${found}`)
}

function classesIn(names: string): readonly string[] {
  const wanted = names.split(',').map((name) => name.trim())
  const unknown = wanted.filter((name) => !factClasses.some((known) => known === name))
  if (unknown.length === 0) return wanted
  const known = factClasses.join(', ')
  throw new AppError('bad-request', `no class is called '${unknown[0]}', known are ${known}`)
}

function only({ facts, findings }: Discovered, wanted: readonly string[]): Discovered {
  const kept = Object.entries(facts).filter(([name]) => wanted.includes(name))
  return { facts: Object.fromEntries(kept), findings }
}
