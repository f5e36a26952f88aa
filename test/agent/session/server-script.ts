import { decodeCbor, encodeCbor } from '../../../protocol/cbor.ts'
import type { Connection } from '../../../protocol/connection.ts'
import {
  agentMessageSchema,
  challengeTranscript,
  proofTranscript,
} from '../../../protocol/messages.ts'
import type { AgentMessage, Challenge, Hello, ServerMessage } from '../../../protocol/messages.ts'
import { generateSigningKey, verifySignature } from '../../../protocol/signing.ts'
import type { SigningKey } from '../../../protocol/signing.ts'

/** The server's end of a session, step by step, for tests of the agent's end. */
export class ServerScript {
  readonly key: SigningKey
  readonly received: AgentMessage[] = []
  readonly #connection: Connection
  #wake: (() => void) | null = null

  constructor(connection: Connection, key: SigningKey = generateSigningKey()) {
    this.key = key
    this.#connection = connection
    connection.onFrame = (frame) => {
      this.received.push(agentMessageSchema.parse(decodeCbor(frame)))
      this.#wake?.()
    }
  }

  send(message: ServerMessage | { readonly kind: string }): void {
    this.#connection.send(encodeCbor(message))
  }

  close(): void {
    this.#connection.close(1001, 'server goes away')
  }

  /** Resolves when `count` messages of a kind have come. */
  async waitFor<K extends AgentMessage['kind']>(
    kind: K,
    count = 1,
  ): Promise<readonly Extract<AgentMessage, { kind: K }>[]> {
    const isWanted = (message: AgentMessage): message is Extract<AgentMessage, { kind: K }> =>
      message.kind === kind
    for (;;) {
      const found = this.received.filter(isWanted)
      if (found.length >= count) return found
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Answers the hello with a signed challenge. */
  async challenge(
    session: string,
  ): Promise<{ readonly hello: Hello; readonly challenge: Challenge }> {
    const [hello] = await this.waitFor('hello')
    if (hello === undefined) throw new Error('no hello')
    const open = { session, nonce: 'ab'.repeat(32), timeMs: 1_000_000 }
    const signature = this.key.sign('assay.challenge.v1', challengeTranscript(hello, open))
    const challenge: Challenge = {
      kind: 'challenge',
      ...open,
      publicKey: this.key.publicKey,
      signature,
    }
    this.send(challenge)
    return { hello, challenge }
  }

  /** The whole opening; returns whether the agent's proof is right. */
  async open(session: string, ackedSeq: number): Promise<boolean> {
    const { hello, challenge } = await this.challenge(session)
    const [proof] = await this.waitFor('proof')
    this.send({
      kind: 'welcome',
      session,
      machineId: 'machine-1',
      approved: true,
      epoch: 0,
      ackedSeq,
      timeMs: 1_000_000,
    })
    return verifySignature(
      hello.publicKey,
      'assay.proof.v1',
      proofTranscript(hello, challenge),
      proof?.signature ?? '',
    )
  }
}
