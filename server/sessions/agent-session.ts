import type { Connection } from '../../protocol/connection.ts'
import { AppError, DecodeError, errorChain } from '../../protocol/errors.ts'
import { encodeCbor } from '../../protocol/cbor.ts'
import { limits } from '../../protocol/limits.ts'
import { challengeTranscript, proofTranscript } from '../../protocol/messages.ts'
import type { AgentMessage, Challenge, Hello, ServerMessage } from '../../protocol/messages.ts'
import { verifySignature } from '../../protocol/signing.ts'
import type { Domain } from '../domain.ts'
import { stepGone } from '../machines/gone.ts'
import { applyReports, publishActivity } from './apply-reports.ts'
import { decodeAgentMessage } from './decode-message.ts'
import type { UnknownMessage } from './decode-message.ts'
import { enrol } from './enrol.ts'
import { Inbox } from './inbox.ts'
import type { Received } from './inbox.ts'
import { closeCodes } from './live-agents.ts'
import type { LiveAgent } from './live-agents.ts'
import { RateLimit } from './rate-limit.ts'
import type { SerialLane } from './serial-lane.ts'

/** What all connections share. */
export interface SessionHouse {
  readonly domain: Domain
  /** Connections that have not proven themselves. */
  readonly unproven: Set<AgentSession>
  /** Enrolments and departures, one at a time, so that the newest proof wins for certain. */
  readonly lane: SerialLane
  /** False once the server stops: nothing is read any more, and departures are noted at the start. */
  isOpen(): boolean
}

type Stage =
  | { readonly kind: 'hello' }
  | { readonly kind: 'proof'; readonly hello: Hello; readonly challenge: Challenge }
  | { readonly kind: 'busy' }
  | { readonly kind: 'live'; readonly agent: LiveAgent; readonly inbox: Inbox }
  | { readonly kind: 'closed' }

/**
 * One connection from its first byte: hello -> challenge -> proof -> welcome, then reports in and
 * orders out. Nothing of it touches a machine before its proof. Whatever is wrong with what it sends
 * costs this connection and nothing else.
 */
export class AgentSession {
  readonly #house: SessionHouse
  readonly #connection: Connection
  readonly #rate: RateLimit
  #stage: Stage = { kind: 'hello' }
  #unprovenMessages = 0
  #deadline: Disposable | null = null
  #awaitedSeq: number | null = null
  #appliedSeq = 0

  constructor(house: SessionHouse, connection: Connection) {
    this.#house = house
    this.#connection = connection
    this.#rate = new RateLimit(house.domain.clock)
  }

  open(): void {
    const { unproven, domain } = this.#house
    if (unproven.size >= limits.unprovenSessions) {
      this.#connection.close(closeCodes.tooMuch, 'too many connections wait for their proof')
      return
    }
    unproven.add(this)
    this.#deadline = domain.clock.after(limits.proofSeconds * 1000, () =>
      this.close(closeCodes.silent, `no proof within ${limits.proofSeconds} s`),
    )
    this.#connection.onFrame = (frame) => this.#guard(async () => this.#frame(frame))
    this.#connection.onClose = () => this.#closed()
  }

  close(code: number, reason: string): void {
    this.#connection.close(code, reason)
  }

  async #frame(frame: Uint8Array): Promise<void> {
    const stage = this.#stage
    if (stage.kind === 'closed' || !this.#house.isOpen()) return
    if (stage.kind === 'live') return this.#liveFrame(stage.agent, stage.inbox, frame)
    this.#unprovenMessages += 1
    if (this.#unprovenMessages > limits.unprovenMessages) {
      throw new DecodeError('too many messages before the proof')
    }
    if (frame.length > limits.unprovenFrameBytes) {
      throw new DecodeError(`frame of ${frame.length} bytes before the proof`)
    }
    const message = decodeAgentMessage(frame)
    if (stage.kind === 'hello' && message.kind === 'hello') return this.#hello(message)
    if (stage.kind === 'proof' && message.kind === 'proof') {
      return this.#proof(stage.hello, stage.challenge, message.signature)
    }
    throw new DecodeError(`'${message.kind}' is out of turn`)
  }

  async #hello(hello: Hello): Promise<void> {
    this.#stage = { kind: 'busy' }
    const { store, random, clock, commandKey } = this.#house.domain
    const known = await store.sessionByKey(hello.publicKey)
    if (this.#isClosed()) return
    const session = known?.id ?? random.uuid()
    const nonce = Buffer.from(random.bytes(32)).toString('hex')
    const timeMs = clock.now()
    const transcript = challengeTranscript(hello, { session, nonce, timeMs })
    const challenge: Challenge = {
      kind: 'challenge',
      session,
      nonce,
      timeMs,
      publicKey: commandKey.publicKey,
      signature: commandKey.sign('assay.challenge.v1', transcript),
    }
    this.#stage = { kind: 'proof', hello, challenge }
    this.#send(challenge)
  }

  async #proof(hello: Hello, challenge: Challenge, signature: string): Promise<void> {
    this.#stage = { kind: 'busy' }
    const { domain, unproven, lane } = this.#house
    const transcript = proofTranscript(hello, challenge)
    if (!verifySignature(hello.publicKey, 'assay.proof.v1', transcript, signature)) {
      throw new AppError('forbidden', 'proof is not by the key of the hello over this challenge')
    }
    await lane.run(async () => {
      if (this.#isClosed()) return
      const address = this.#connection.remoteAddress
      const boot = { hello, sessionId: challenge.session, address }
      const welcome = await domain.transact((work) => enrol(domain, work, boot))
      if (this.#isClosed()) return this.#leave(welcome.machineId)
      unproven.delete(this)
      this.#deadline?.[Symbol.dispose]()
      this.#begin(welcome.machineId, welcome.session, welcome.ackedSeq)
      this.#send({ kind: 'welcome', ...welcome, timeMs: domain.clock.now() })
    })
  }

  #begin(machineId: string, sessionId: string, ackedSeq: number): void {
    const { domain } = this.#house
    const nowMs = domain.clock.now()
    const agent: LiveAgent = {
      machineId,
      sessionId,
      ready: false,
      resumed: null,
      activity: null,
      telemetry: null,
      lastSeenAtMs: nowMs,
      progressAtMs: nowMs,
      send: (message) => this.#send(message),
      close: (code, reason) => this.close(code, reason),
    }
    const inbox = new Inbox(
      {
        clock: domain.clock,
        apply: (reports) => this.#apply(agent, reports),
        failed: (error) => this.#fail(error),
      },
      ackedSeq,
    )
    this.#appliedSeq = ackedSeq
    this.#stage = { kind: 'live', agent, inbox }
    domain.live.put(agent)
  }

  async #liveFrame(agent: LiveAgent, inbox: Inbox, frame: Uint8Array): Promise<void> {
    const { domain } = this.#house
    agent.lastSeenAtMs = domain.clock.now()
    if (frame.length > limits.frameBytes) throw new DecodeError(`frame of ${frame.length} bytes`)
    if (!this.#rate.take(frame.length)) {
      this.close(closeCodes.tooMuch, 'more messages than a session may send')
      return
    }
    const message = decodeAgentMessage(frame)
    switch (message.kind) {
      case 'hello':
      case 'proof':
        throw new DecodeError(`'${message.kind}' is out of turn`)
      case 'heartbeat':
        agent.telemetry = message.telemetry
        publishActivity(domain, agent)
        return
      case 'resume':
        if (message.session !== agent.sessionId) throw new DecodeError('resumes another session')
        this.#awaitedSeq = message.lastSeq
        agent.resumed = { command: message.command }
        this.#checkReady(agent)
        return
      default:
        this.#report(agent, inbox, message)
    }
  }

  #report(
    agent: LiveAgent,
    inbox: Inbox,
    message:
      | Exclude<AgentMessage, { kind: 'hello' | 'proof' | 'heartbeat' | 'resume' }>
      | UnknownMessage,
  ): void {
    const report = counted(message)
    if (report === null) {
      const { log } = this.#house.domain
      log.warn('agent sent a message of an unknown kind', { machineId: agent.machineId })
      return
    }
    switch (inbox.receive(report)) {
      case 'kept':
      case 'repeated':
        return
      case 'gap':
        this.close(closeCodes.gap, `report ${report.seq} does not follow the one before`)
        return
      case 'full':
        this.close(closeCodes.tooMuch, 'too many reports wait to be kept')
    }
  }

  async #apply(agent: LiveAgent, reports: readonly Received[]): Promise<void> {
    const { domain } = this.#house
    await domain.transact((work) => applyReports(domain, work, agent, reports))
    this.#appliedSeq = reports.at(-1)?.seq ?? this.#appliedSeq
    this.#send({ kind: 'ack', seq: this.#appliedSeq })
    if (agent.ready) domain.poke(agent.machineId)
    else this.#checkReady(agent)
  }

  /** What the agent had to say when it connected comes first; orders follow. */
  #checkReady(agent: LiveAgent): void {
    if (agent.ready || this.#awaitedSeq === null || this.#appliedSeq < this.#awaitedSeq) return
    agent.ready = true
    this.#house.domain.poke(agent.machineId)
  }

  #closed(): void {
    const stage = this.#stage
    this.#stage = { kind: 'closed' }
    this.#deadline?.[Symbol.dispose]()
    this.#house.unproven.delete(this)
    if (stage.kind !== 'live') return
    stage.inbox.close()
    const isNewest = this.#house.domain.live.remove(stage.agent)
    if (isNewest && this.#house.isOpen())
      this.#guard(() => this.#house.lane.run(() => this.#leave(stage.agent.machineId)))
  }

  /** The machine's agent is gone, unless a newer connection is there already. */
  async #leave(machineId: string): Promise<void> {
    const { domain } = this.#house
    if (domain.live.get(machineId) !== null) return
    await domain.transact((work) => stepGone(domain, work, machineId))
  }

  #isClosed(): boolean {
    return this.#stage.kind === 'closed'
  }

  #send(message: ServerMessage): void {
    this.#connection.send(encodeCbor(message))
  }

  #guard(task: () => Promise<void>): void {
    task().catch((error: unknown) => this.#fail(error))
  }

  #fail(error: unknown): void {
    const { log } = this.#house.domain
    const { remoteAddress } = this.#connection
    const reason = errorChain(error).slice(0, 100)
    if (error instanceof DecodeError) {
      log.warn('agent connection refused: bad message', { remoteAddress, reason })
      this.close(closeCodes.protocol, reason)
    } else if (error instanceof AppError) {
      log.warn('agent connection refused', { remoteAddress, reason })
      this.close(error.code === 'conflict' ? closeCodes.superseded : closeCodes.refused, reason)
    } else {
      log.error('agent connection failed', { remoteAddress, error: errorChain(error) })
      this.close(closeCodes.internal, 'the server could not keep what was sent')
    }
  }
}

function counted(message: Received | UnknownMessage): Received | null {
  if (message.kind !== 'unknown') return message
  return message.seq === null ? null : { ...message, seq: message.seq }
}
