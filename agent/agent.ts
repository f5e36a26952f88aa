import { Deployer } from './deployer.ts'
import type { Imager } from './imaging/imager.ts'
import { Session } from './session/session.ts'
import type { AgentIdentity } from './session/session.ts'
import type { Connection } from '../protocol/connection.ts'
import type { BenchmarkPlan, BenchmarkResult, BenchmarkSample } from '../protocol/benchmarks.ts'
import type { Clock, Random } from '../protocol/effects.ts'
import { errorChain } from '../protocol/errors.ts'
import type { Finding } from '../protocol/facts/finding.ts'
import type { FactClass } from '../protocol/facts/classes.ts'
import type { Telemetry } from '../protocol/facts/telemetry.ts'
import { limits } from '../protocol/limits.ts'
import type { Report, ReportBody, ServerMessage } from '../protocol/messages.ts'
import type { SigningKey } from '../protocol/signing.ts'

/** What a probe run or a benchmark run has to say, as it becomes known. */
export type DiscoveryEvent =
  | {
      readonly kind: 'facts'
      readonly class: FactClass
      readonly facts: unknown
      readonly elapsedSeconds: number
    }
  | { readonly kind: 'finding'; readonly finding: Finding }
export type BenchmarkEvent =
  | { readonly kind: 'sample'; readonly sample: BenchmarkSample }
  | { readonly kind: 'result'; readonly result: BenchmarkResult }
  | { readonly kind: 'finding'; readonly finding: Finding }

/** The machine and the rooms of the agent, as parameters. */
export interface AgentDeps {
  readonly clock: Clock
  readonly random: Random
  readonly key: SigningKey
  readonly identity: AgentIdentity
  readonly servers: readonly string[]
  readonly commandKeys: readonly string[]
  /** `now` is the server's time in milliseconds: the machine's own clock is not trusted. */
  createImager(now: () => number): Imager
  dial(server: string, signal: AbortSignal): Promise<Connection>
  /** Resolves when at least one link has an address; keeps trying until then. */
  bringUpNetwork(signal: AbortSignal): Promise<void>
  discover(emit: (event: DiscoveryEvent) => void, signal: AbortSignal): Promise<void>
  /** Tells who is at the other ends of the cables, whenever that changes, until the signal aborts. */
  watchNeighbors(emit: (event: DiscoveryEvent) => void, signal: AbortSignal): Promise<void>
  benchmark(
    plan: BenchmarkPlan,
    emit: (event: BenchmarkEvent) => void,
    signal: AbortSignal,
  ): Promise<void>
  /** Null where the machine cannot say how busy it is. */
  telemetry(): Promise<Telemetry | null>
  /** Seconds since the kernel started. */
  uptimeSeconds(): Promise<number>
  residentSizeBytes(): number
  /** CPU time of this process since it started, of all its threads. */
  processorSeconds(): number
  /** Lets a person find the machine: locator LED or console. */
  identify(seconds: number): void
  reboot(): void
  /** One line for the console. */
  log(text: string): void
}

type AgentPhase = Extract<Report, { kind: 'phase' }>['phase']

/** Samples and progress are dropped while so many reports wait for their ack: the newest count. */
const transientBacklog = 2_000

/**
 * The boot agent: discovers at once, without waiting for network or server, and from then on does
 * what the server says. Runs until the signal aborts.
 */
export class Agent {
  readonly #deps: AgentDeps
  readonly #session: Session
  readonly #deployer: Deployer
  /** Server time minus our monotonic clock, milliseconds. */
  #serverOffsetMs = 0
  #discovery: Promise<void> | null = null
  #benchmark: Promise<void> | null = null
  /** The discovery of this boot has not yet been asked for: the first `discover` is answered by it. */
  #isBootDiscoveryFresh = false
  #signal: AbortSignal = AbortSignal.abort()

  constructor(deps: AgentDeps) {
    this.#deps = deps
    const serverNow = () => deps.clock.monotonic() + this.#serverOffsetMs
    this.#deployer = new Deployer({
      clock: deps.clock,
      imager: deps.createImager(serverNow),
      commandKeys: deps.commandKeys,
      welcome: () => this.#session.welcome,
      serverNow,
      report: (body) => this.#report(body),
      log: (text) => this.#log('warning', text),
    })
    this.#session = new Session({
      ...deps,
      dial: (server, signal) => deps.dial(server, signal),
      command: () => this.#deployer.current(),
      heartbeat: async () => ({
        kind: 'heartbeat',
        uptimeSeconds: await deps.uptimeSeconds(),
        residentSizeBytes: deps.residentSizeBytes(),
        telemetry: await deps.telemetry(),
      }),
      onMessage: (message) => this.#obey(message),
      log: (text) => deps.log(text),
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    await this.#phase('booted')
    this.#isBootDiscoveryFresh = true
    this.#startDiscovery()
    const watch = this.#deps.watchNeighbors((event) => this.#report(event), signal)
    this.#inBackground('listening for neighbours', watch)
    await this.#deps.bringUpNetwork(signal)
    await this.#phase('network')
    await this.#session.run(signal)
  }

  #obey(message: ServerMessage): void {
    switch (message.kind) {
      case 'welcome':
        this.#serverOffsetMs = message.timeMs - this.#deps.clock.monotonic()
        return this.#deps.log(
          `session ${message.session} as machine ${message.machineId}${message.approved ? '' : ', waiting for approval'}`,
        )
      case 'discover':
        return this.#answerDiscover()
      case 'benchmark':
        return this.#startBenchmark(message.plan)
      case 'prepare': {
        const { commandId, epoch, plan } = message
        const what = `${plan.image.name} ${plan.image.version} on disk ${plan.disk.serial ?? plan.disk.wwn ?? 'without serial'}`
        this.#log('info', `prepares command ${commandId}: ${what}`)
        return this.#inBackground('prepare', this.#deployer.prepare(commandId, epoch, plan))
      }
      case 'commit':
        return this.#inBackground('commit', this.#deployer.commit(message.commit))
      case 'continue':
        return this.#deployer.continue(message.commandId)
      case 'abort':
        return this.#deployer.abort(message.commandId, message.reason)
      case 'identify':
        return this.#deps.identify(message.seconds)
      case 'reboot':
        return this.#inBackground('reboot', this.#reboot(message.reason))
      case 'challenge':
      case 'ack':
        return
    }
  }

  #answerDiscover(): void {
    const isFresh = this.#isBootDiscoveryFresh
    this.#isBootDiscoveryFresh = false
    if (this.#discovery !== null) return
    if (isFresh) {
      return this.#inBackground('report', this.#phase('discovered'))
    }
    this.#startDiscovery()
  }

  #startDiscovery(): void {
    this.#discovery ??= (async () => {
      await this.#phase('discovering')
      await this.#deps.discover((event) => this.#report(event), this.#signal)
      await this.#phase('discovered')
    })().finally(() => {
      this.#discovery = null
    })
    this.#inBackground('discovery', this.#discovery)
  }

  #startBenchmark(plan: BenchmarkPlan): void {
    this.#benchmark ??= (async () => {
      await this.#discovery
      await this.#phase('benchmarking')
      await this.#deps.benchmark(plan, (event) => this.#report(event), this.#signal)
      await this.#phase('idle')
    })().finally(() => {
      this.#benchmark = null
    })
    this.#inBackground('benchmark', this.#benchmark)
  }

  async #reboot(reason: string): Promise<void> {
    this.#log('info', `reboots: ${reason}`)
    const soon = new AbortController()
    using _ = this.#deps.clock.after(10_000, () => soon.abort())
    await this.#session.drained(soon.signal).catch(() => undefined)
    this.#deps.reboot()
  }

  async #phase(phase: AgentPhase): Promise<void> {
    const residentMegabytes = (this.#deps.residentSizeBytes() / 1e6).toFixed(1)
    const processorSeconds = this.#deps.processorSeconds().toFixed(1)
    this.#deps.log(`${phase}, resident ${residentMegabytes} MB, ${processorSeconds} s of CPU time`)
    this.#report({ kind: 'phase', phase, atSeconds: await this.#deps.uptimeSeconds() })
  }

  #report(body: ReportBody): void {
    const isTransient = body.kind === 'sample' || body.kind === 'progress'
    if (isTransient && this.#session.backlog > transientBacklog) return
    this.#session.report(body)
  }

  #log(level: 'info' | 'warning' | 'error', text: string): void {
    this.#deps.log(text)
    const bounded = text.slice(0, limits.textLength)
    this.#report({ kind: 'log', level, text: bounded, atMs: this.#deps.clock.now() })
  }

  /** Work nobody waits for: its failure is told, and costs nothing else. */
  #inBackground(what: string, work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#signal.aborted) this.#log('error', `${what} failed: ${errorChain(error)}`)
    })
  }
}
