import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Clock } from '../../protocol/effects.ts'
import { errorChain } from '../../protocol/errors.ts'
import type { Logger } from '../log.ts'
import type { ChildProcess, StartProcess } from './child-process.ts'
import { dnsmasqConfig, ipxeBinaries } from './dnsmasq-config.ts'
import type { DnsmasqOptions } from './dnsmasq-config.ts'
import { endLeftover, forgetDnsmasq, recordDnsmasq } from './dnsmasq-record.ts'

/** dnsmasq under our care. */
export interface Dnsmasq {
  /** `failed`: it ended too often and is left alone; the server runs on without DHCP. */
  state(): 'running' | 'restarting' | 'failed'
  /** Ends it and removes what was made for it. */
  close(): Promise<void>
}

export interface DnsmasqDeps {
  readonly options: Omit<DnsmasqOptions, 'tftpDir' | 'leaseFile'>
  /** Put before the command: `['ip', 'netns', 'exec', 'lab']`. */
  readonly commandPrefix: readonly string[]
  /** Keeps the leases over restarts. */
  readonly stateDir: string
  readonly ipxeDir: string
  readonly start: StartProcess
  readonly clock: Clock
  readonly log: Logger
}

/** Waits before the restarts in a row. A run of a minute starts the count anew. */
const restartWaitsMs = [1000, 2000, 4000, 8000, 16_000] as const
const steadyMs = 60_000

/** dnsmasq says this once its sockets are open. */
const readyPattern = /\bstarted, version /

/**
 * Writes the configuration, starts dnsmasq and waits until it serves. Throws when it does not come
 * up, with its own last words; after that it is restarted, a few times in a row at most.
 */
export async function superviseDnsmasq(deps: DnsmasqDeps): Promise<Dnsmasq> {
  const { clock, log, stateDir } = deps
  await mkdir(stateDir, { recursive: true })
  await endLeftover(stateDir, clock)
  const folder = await prepareFolder(deps)
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => forgetDnsmasq(stateDir))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const argv = [
    ...deps.commandPrefix,
    'dnsmasq',
    '--keep-in-foreground',
    '--log-facility=-',
    `--conf-file=${path.join(folder, 'dnsmasq.conf')}`,
  ]
  const stopping = new AbortController()
  let state: 'running' | 'restarting' | 'failed' = 'running'
  let child = await startChild(argv, folder, deps)

  const keepUp = async () => {
    let failures = 0
    let startedAt = clock.monotonic()
    for (;;) {
      const status = await child.exited
      if (stopping.signal.aborted) return
      failures = clock.monotonic() - startedAt > steadyMs ? 1 : failures + 1
      const waitMs = restartWaitsMs[failures - 1]
      if (waitMs === undefined) {
        state = 'failed'
        log.error('dnsmasq ended too often and is not started again', { status, failures })
        return
      }
      state = 'restarting'
      log.warn('dnsmasq ended', { status, restartInMs: waitMs })
      if (!(await sleepUnlessStopped(clock, waitMs, stopping.signal))) return
      try {
        child = await startChild(argv, folder, deps)
        state = 'running'
      } catch (error) {
        log.warn('dnsmasq does not start', { reason: errorChain(error) })
      }
      startedAt = clock.monotonic()
      if (stopping.signal.aborted) child.stop()
    }
  }
  const kept = keepUp()
  cleanup.defer(async () => {
    stopping.abort()
    child.stop()
    await kept
  })
  const running = cleanup.move()
  return { state: () => state, close: () => running.disposeAsync() }
}

/** Resolves when it serves. Its lines go to the log from then on. */
async function startChild(
  argv: readonly string[],
  folder: string,
  deps: DnsmasqDeps,
): Promise<ChildProcess> {
  let child: ChildProcess
  try {
    child = deps.start(argv)
  } catch (cause) {
    const program = argv[0] ?? 'dnsmasq'
    const advice = 'install it (apt-get install dnsmasq-base) or set dnsmasq to null'
    throw new Error(`cannot start '${program}': ${advice}`, { cause })
  }
  await recordDnsmasq(deps.stateDir, { pid: child.pid, folder })
  const lines = child.lines[Symbol.asyncIterator]()
  const lastWords: string[] = []
  for (;;) {
    const { value, done } = await lines.next()
    if (done === true) break
    lastWords.push(value)
    if (readyPattern.test(value)) {
      void logLines(lines, deps.log)
      return child
    }
  }
  const status = await child.exited
  const said = lastWords.slice(-3).join(' | ')
  throw new Error(`dnsmasq ended at its start with status ${status}: ${said}${adviceFor(said)}`)
}

function adviceFor(said: string): string {
  if (/Address already in use/.test(said)) {
    return " (another DHCP or TFTP server runs here: stop it, or look with 'ss -ulpn sport = :67')"
  }
  if (/Permission denied|Operation not permitted|requires root/.test(said)) {
    return ' (DHCP needs root: start the server as root, or set dnsmasq to null)'
  }
  if (/unknown interface/.test(said)) return " (see 'ip link' for the names there are)"
  return ''
}

async function logLines(lines: AsyncIterator<string>, log: Logger): Promise<void> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done === true) return
    log.info('dnsmasq', { line: value })
  }
}

/** A folder that dnsmasq can read after it gave up root: configuration and iPXE's binaries. */
async function prepareFolder(deps: DnsmasqDeps): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-dnsmasq-'))
  try {
    const tftpDir = path.join(folder, 'tftp')
    await mkdir(tftpDir)
    for (const name of Object.values(ipxeBinaries)) await copyIpxe(deps.ipxeDir, tftpDir, name)
    const leaseFile = path.join(deps.stateDir, 'dnsmasq.leases')
    const config = dnsmasqConfig({ ...deps.options, tftpDir, leaseFile })
    await writeFile(path.join(folder, 'dnsmasq.conf'), config)
    // Whatever the umask: it is read by another user.
    await chmod(tftpDir, 0o755)
    await chmod(folder, 0o755)
    return folder
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function copyIpxe(from: string, to: string, name: string): Promise<void> {
  try {
    await copyFile(path.join(from, name), path.join(to, name))
    await chmod(path.join(to, name), 0o644)
  } catch (cause) {
    // The fallback of the set-up has no arm64 binary; such machines get no answer by TFTP then.
    if (name === ipxeBinaries.efiArm64) return
    const advice = "run 'node setup.mjs build', or set ipxeDir"
    throw new Error(`iPXE binary '${path.join(from, name)}' is missing: ${advice}`, { cause })
  }
}

async function sleepUnlessStopped(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
