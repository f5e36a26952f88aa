import assert from 'node:assert/strict'
import { z } from 'zod'
import { decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import type { Connection } from '../../protocol/connection.ts'
import type { Clock, Random } from '../../protocol/effects.ts'
import { AppError, DecodeError, errorChain } from '../../protocol/errors.ts'
import type { IdentityClaims } from '../../protocol/facts/claims.ts'
import { limits } from '../../protocol/limits.ts'
import { protocolVersion, serverMessageSchema } from '../../protocol/messages.ts'
import type {
  AgentMessage,
  Hello,
  ReportBody,
  Resume,
  ServerMessage,
  Welcome,
} from '../../protocol/messages.ts'
import type { SigningKey } from '../../protocol/signing.ts'
import { backoffMs } from './backoff.ts'
import { FrameQueue } from './frames.ts'
import { checkChallenge, prove } from './handshake.ts'
import { Outbox } from './outbox.ts'
import { Wakeup } from './wakeup.ts'

/** What the agent is, for its hello. */
export interface AgentIdentity {
  readonly agentVersion: string
  readonly architecture: 'x64' | 'arm64'
  readonly bootId: string | null
  readonly claims: IdentityClaims
}

export interface SessionDeps {
  readonly clock: Clock
  readonly random: Random
  /** The key of this boot; it proves that two connections come from the same boot. */
  readonly key: SigningKey
  readonly identity: AgentIdentity
  /** `host:port` of the servers, tried in turn. */
  readonly servers: readonly string[]
  readonly commandKeys: readonly string[]
  dial(server: string, signal: AbortSignal): Promise<Connection>
  /** The destructive command this boot knows of, for `resume`. */
  command(): Resume['command']
  heartbeat(): Promise<Extract<AgentMessage, { kind: 'heartbeat' }>>
  /** Called in order; must not wait for long work. */
  onMessage(message: ServerMessage): void
  /** One line for the console. */
  log(text: string): void
}

/**
 * The agent's side of a session: dials, proves itself, and keeps reports flowing over any number of
 * connections. `report` never waits; reports are kept until the server says they are durable.
 */
export class Session {
  readonly #deps: SessionDeps
  readonly #outbox = new Outbox()
  #welcome: Welcome | null = null
  readonly #filled = new Wakeup()
  readonly #emptied = new Wakeup()

  constructor(deps: SessionDeps) {
    this.#deps = deps
  }

  /** Machine, session and epoch as the server last said; null before the first welcome. */
  get welcome(): Welcome | null {
    return this.#welcome
  }

  report(body: ReportBody): void {
    this.#outbox.push(body)
    this.#filled.wake()
  }

  /** Reports waiting for their ack: samples and progress are held back while there are many. */
  get backlog(): number {
    return this.#outbox.length
  }

  /** Resolves when every report so far is durable at the server. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.#outbox.length > 0) await this.#emptied.wait(signal)
  }

  /** Keeps a session alive until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, servers } = this.#deps
    assert(servers.length > 0, 'an agent knows at least one server')
    for (let attempt = 0; !signal.aborted; attempt++) {
      const server = servers[attempt % servers.length] ?? ''
      const proven = await this.#serve(server, signal)
      if (signal.aborted) return
      if (proven) attempt = 0
      const waitMs = backoffMs(attempt + 1, random)
      this.#deps.log(`trying again in ${(waitMs / 1000).toFixed(1)} s`)
      await clock.sleep(waitMs, signal).catch(ignoreAbort)
    }
  }

  /** One connection, from dialling to its end. Returns whether it got as far as a welcome. */
  async #serve(server: string, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController()
    const both = AbortSignal.any([signal, over.signal])
    let connection: Connection | null = null
    let proven = false
    try {
      connection = await this.#deps.dial(server, both)
      const frames = new FrameQueue(connection)
      const welcome = await this.#handshake(connection, frames, both)
      proven = true
      this.#begin(welcome, server)
      this.#send(connection, this.#resume(welcome))
      await Promise.race([
        this.#receive(frames, both),
        this.#pump(connection, both),
        this.#beat(connection, both),
      ])
    } catch (error) {
      if (!signal.aborted) this.#deps.log(`session with ${server} ended: ${errorChain(error)}`)
    } finally {
      over.abort()
      connection?.close(1000, 'agent leaves')
    }
    return proven
  }

  async #handshake(
    connection: Connection,
    frames: FrameQueue,
    signal: AbortSignal,
  ): Promise<Welcome> {
    const { clock, random, key, identity, commandKeys } = this.#deps
    const deadline = new AbortController()
    using _ = clock.after(limits.proofSeconds * 1000, () => {
      deadline.abort(new AppError('unavailable', 'server did not answer the hello in time'))
    })
    const both = AbortSignal.any([signal, deadline.signal])
    const hello: Hello = {
      kind: 'hello',
      protocol: protocolVersion,
      ...identity,
      publicKey: key.publicKey,
      nonce: Buffer.from(random.bytes(32)).toString('hex'),
    }
    this.#send(connection, hello)
    const challenge = decodeServerMessage(await frames.next(both))
    if (challenge?.kind !== 'challenge')
      throw new DecodeError('server answered the hello out of turn')
    checkChallenge(hello, challenge, commandKeys)
    this.#send(connection, prove(key, hello, challenge))
    const welcome = decodeServerMessage(await frames.next(both))
    if (welcome?.kind !== 'welcome') throw new DecodeError('server answered the proof out of turn')
    return welcome
  }

  #begin(welcome: Welcome, server: string): void {
    const known = this.#welcome
    if (known !== null && known.session !== welcome.session) {
      this.#deps.log(
        `server ${server} opened a new session; sending everything unacknowledged again`,
      )
      this.#outbox.restart()
    }
    this.#welcome = welcome
    if (!this.#outbox.acknowledge(welcome.ackedSeq)) {
      throw new DecodeError(`server acknowledged report ${welcome.ackedSeq}, which was never sent`)
    }
    this.#wakeEmpty()
    this.#deps.onMessage(welcome)
  }

  #resume(welcome: Welcome): Resume {
    return {
      kind: 'resume',
      session: welcome.session,
      lastSeq: this.#outbox.lastSeq,
      command: this.#deps.command(),
    }
  }

  async #receive(frames: FrameQueue, signal: AbortSignal): Promise<void> {
    for (;;) {
      const message = decodeServerMessage(await frames.next(signal))
      if (message === null) {
        this.#deps.log('server sent a message of a kind this agent does not know; ignored')
      } else if (message.kind === 'ack') {
        if (!this.#outbox.acknowledge(message.seq)) {
          throw new DecodeError(`server acknowledged report ${message.seq}, which was never sent`)
        }
        this.#wakeEmpty()
      } else {
        this.#deps.onMessage(message)
      }
    }
  }

  /** Sends every report once on this connection, in order, never more than the socket takes. */
  async #pump(connection: Connection, signal: AbortSignal): Promise<void> {
    let seq = this.#outbox.firstSeq
    for (;;) {
      signal.throwIfAborted()
      if (connection.bufferedBytes > limits.bufferedBytes / 2) {
        await this.#deps.clock.sleep(20, signal)
        continue
      }
      const entry = this.#outbox.at(seq)
      if (entry === undefined) {
        await this.#filled.wait(signal)
        continue
      }
      connection.send(entry.frame)
      seq += 1
    }
  }

  async #beat(connection: Connection, signal: AbortSignal): Promise<void> {
    for (;;) {
      this.#send(connection, await this.#deps.heartbeat())
      await this.#deps.clock.sleep(limits.heartbeatSeconds * 1000, signal)
    }
  }

  #send(connection: Connection, message: AgentMessage): void {
    connection.send(encodeCbor(message))
  }

  #wakeEmpty(): void {
    if (this.#outbox.length === 0) this.#emptied.wake()
  }
}

const kindSchema = z.looseObject({ kind: z.string().max(64) })
const knownKinds: ReadonlySet<string> = new Set(
  serverMessageSchema.options.map((option) => option.shape.kind.value),
)

/** The message in a frame; null for a kind that is not known; throws DecodeError for anything else. */
export function decodeServerMessage(frame: Uint8Array): ServerMessage | null {
  const value = decodeCbor(frame)
  const kind = kindSchema.safeParse(value)
  if (!kind.success) throw new DecodeError('server sent a message without a kind')
  if (!knownKinds.has(kind.data.kind)) return null
  const message = serverMessageSchema.safeParse(value)
  if (!message.success) {
    throw new DecodeError(`server's '${kind.data.kind}' is malformed: ${message.error.message}`)
  }
  return message.data
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
