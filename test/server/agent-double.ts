import { connectionPair } from '../../protocol/connection-pair.ts'
import type { Connection } from '../../protocol/connection.ts'
import { decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { diskDigest, evidenceDigest, planDigest, verifyCommit } from '../../protocol/deployment.ts'
import type { DeployPlan, PrepareEvidence, SignedCommit } from '../../protocol/deployment.ts'
import { proofTranscript, serverMessageSchema } from '../../protocol/messages.ts'
import type {
  Challenge,
  Hello,
  ReportBody,
  Resume,
  ServerMessage,
  Welcome,
} from '../../protocol/messages.ts'
import { generateSigningKey } from '../../protocol/signing.ts'
import type { SigningKey } from '../../protocol/signing.ts'
import type { Service } from '../../server/service.ts'
import type { MadeMachine } from './machine-facts.ts'

type CommandPhase = NonNullable<Resume['command']>['phase']

/** What a boot does on its own. A test turns off what it wants to do by hand. */
export interface Habits {
  discover: boolean
  benchmark: boolean
  prepare: boolean
  /** Answers a commit with `started`. */
  start: boolean
  /** Goes on to `verified` after `started`. */
  verify: boolean
  /** Goes on to `done` after `continue`. */
  finish: boolean
}

/**
 * One boot of a machine's agent, on a link in memory: real messages, real signatures, no hardware.
 * Reports are kept until acknowledged and sent again after a broken link, as the real agent does.
 */
export class AgentDouble {
  readonly machine: MadeMachine
  readonly key: SigningKey
  readonly habits: Habits = {
    discover: true,
    benchmark: true,
    prepare: true,
    start: true,
    verify: true,
    finish: true,
  }
  readonly received: ServerMessage[] = []
  readonly commandKey: string
  bootId: string | null = null
  welcome: Welcome | null = null
  challenge: Challenge | null = null
  hello: Hello | null = null
  proof: string | null = null
  closed: { readonly code: number; readonly reason: string } | null = null
  command: {
    readonly id: string
    readonly epoch: number
    readonly plan: DeployPlan
    phase: CommandPhase
  } | null = null
  /** Ids of commands whose first byte would have been written. */
  readonly started: string[] = []
  ackedSeq = 0
  #link: Connection | null = null
  #reports: { readonly seq: number; readonly body: ReportBody }[] = []
  #seq = 0

  constructor(machine: MadeMachine, commandKey: string, key: SigningKey = generateSigningKey()) {
    this.machine = machine
    this.commandKey = commandKey
    this.key = key
  }

  /** Dials and says hello; the rest follows by itself unless `manual`. */
  connect(
    service: Service,
    options: { readonly manual?: boolean; readonly hello?: Partial<Hello> } = {},
  ): this {
    const [mine, theirs] = connectionPair('agent', 'server')
    this.#link = mine
    this.closed = null
    this.welcome = null
    mine.onFrame = (frame) => {
      if (this.#link === mine)
        this.#receive(serverMessageSchema.parse(decodeCbor(frame)), options.manual ?? false)
    }
    mine.onClose = (code, reason) => {
      if (this.#link === mine) this.closed = { code, reason }
    }
    service.acceptAgent(theirs)
    this.sayHello(options.hello)
    return this
  }

  sayHello(changes: Partial<Hello> = {}): void {
    this.hello = {
      kind: 'hello',
      protocol: 1,
      agentVersion: 'double',
      architecture: 'x64',
      publicKey: this.key.publicKey,
      nonce: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex'),
      bootId: this.bootId,
      claims: this.machine.claims,
      ...changes,
    }
    this.sendRaw(this.hello)
  }

  prove(): void {
    if (this.hello === null || this.challenge === null) throw new Error('no challenge yet')
    const transcript = proofTranscript(this.hello, this.challenge)
    this.proof = this.key.sign('assay.proof.v1', transcript)
    this.sendRaw({ kind: 'proof', signature: this.proof })
  }

  sendRaw(message: unknown): void {
    this.#link?.send(encodeCbor(message))
  }

  sendBytes(bytes: Uint8Array): void {
    this.#link?.send(bytes)
  }

  /** The link breaks; the boot goes on. */
  disconnect(): void {
    this.#link?.close(1006, 'cable')
  }

  report(...bodies: readonly ReportBody[]): void {
    for (const body of bodies) {
      this.#seq += 1
      this.#reports.push({ seq: this.#seq, body })
      if (this.welcome !== null) this.sendRaw({ ...body, seq: this.#seq })
    }
  }

  get unacknowledged(): number {
    return this.#reports.length
  }

  has(kind: ServerMessage['kind']): boolean {
    return this.received.some((message) => message.kind === kind)
  }

  last<K extends ServerMessage['kind']>(kind: K): Extract<ServerMessage, { kind: K }> | null {
    const isKind = (message: ServerMessage): message is Extract<ServerMessage, { kind: K }> =>
      message.kind === kind
    return this.received.findLast(isKind) ?? null
  }

  discovery(): void {
    this.report({ kind: 'phase', phase: 'discovering', atSeconds: 2 })
    for (const classed of this.machine.facts) {
      this.report({
        kind: 'facts',
        class: classed.class,
        facts: classed.facts,
        elapsedSeconds: 0.1,
      })
    }
    this.report({ kind: 'phase', phase: 'discovered', atSeconds: 3 })
  }

  benchmark(): void {
    this.report(
      { kind: 'phase', phase: 'benchmarking', atSeconds: 4 },
      { kind: 'phase', phase: 'idle', atSeconds: 5 },
    )
  }

  evidence(plan: DeployPlan): PrepareEvidence {
    return {
      diskDigest: diskDigest(plan.disk),
      planDigest: planDigest(plan),
      diskPath: '/dev/made',
      signatures: [],
      headSha256: '0'.repeat(64),
      tailSha256: '0'.repeat(64),
      guards: ['made'],
    }
  }

  #receive(message: ServerMessage, manual: boolean): void {
    this.received.push(message)
    switch (message.kind) {
      case 'challenge':
        this.challenge = message
        if (!manual) this.prove()
        return
      case 'welcome':
        return this.#begin(message)
      case 'ack':
        this.ackedSeq = message.seq
        this.#reports = this.#reports.filter(({ seq }) => seq > message.seq)
        return
      case 'discover':
        if (this.habits.discover) this.discovery()
        return
      case 'benchmark':
        if (this.habits.benchmark) this.benchmark()
        return
      case 'prepare':
        this.command = {
          id: message.commandId,
          epoch: message.epoch,
          plan: message.plan,
          phase: 'preparing',
        }
        if (this.habits.prepare) this.prepared()
        return
      case 'commit':
        if (this.habits.start) this.start(message.commit)
        return
      case 'continue':
        if (this.habits.finish) this.finish()
        return
      case 'abort':
        if (this.command?.id === message.commandId) this.command.phase = 'failed'
        return
      case 'identify':
      case 'reboot':
    }
  }

  prepared(): void {
    const { command } = this
    if (command === null) throw new Error('nothing to prepare')
    command.phase = 'prepared'
    this.report({ kind: 'prepared', commandId: command.id, evidence: this.evidence(command.plan) })
  }

  /** Checks the commit as the real agent does; the first byte would be written here. */
  start(commit: SignedCommit): void {
    const { command, welcome } = this
    if (command === null || welcome === null || command.phase !== 'prepared') return
    verifyCommit(
      commit,
      [this.commandKey],
      {
        machineId: welcome.machineId,
        sessionId: welcome.session,
        epoch: command.epoch,
        commandId: command.id,
        diskDigest: diskDigest(command.plan.disk),
        planDigest: planDigest(command.plan),
        evidenceDigest: evidenceDigest(this.evidence(command.plan)),
      },
      welcome.timeMs,
    )
    command.phase = 'started'
    this.started.push(command.id)
    this.report({ kind: 'started', commandId: command.id })
    if (this.habits.verify) this.verified()
  }

  verified(): void {
    const { command } = this
    if (command === null) throw new Error('nothing to verify')
    command.phase = 'verified'
    this.report({ kind: 'verified', commandId: command.id })
  }

  finish(): void {
    const { command } = this
    if (command === null || command.phase !== 'verified') return
    command.phase = 'done'
    this.report({ kind: 'done', commandId: command.id, elapsedSeconds: 1, bytesWritten: 4096 })
  }

  #begin(welcome: Welcome): void {
    this.welcome = welcome
    this.ackedSeq = welcome.ackedSeq
    this.#reports = this.#reports.filter(({ seq }) => seq > welcome.ackedSeq)
    const command =
      this.command === null ? null : { commandId: this.command.id, phase: this.command.phase }
    this.sendRaw({ kind: 'resume', session: welcome.session, lastSeq: this.#seq, command })
    for (const { seq, body } of this.#reports) this.sendRaw({ ...body, seq })
  }
}
