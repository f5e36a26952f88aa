import { z } from 'zod'
import { decodeCbor } from '../../protocol/cbor.ts'
import { DecodeError } from '../../protocol/errors.ts'
import { agentMessageSchema } from '../../protocol/messages.ts'
import type { AgentMessage } from '../../protocol/messages.ts'

/** A message of a kind this server does not know. With a seq it is a report and gets its ack. */
export interface UnknownMessage {
  readonly kind: 'unknown'
  readonly name: string
  readonly seq: number | null
}

const knownKinds: ReadonlySet<string> = new Set(
  agentMessageSchema.options.map((option) => option.shape.kind.value),
)

const envelopeSchema = z.looseObject({
  kind: z.string().max(64),
  seq: z.number().int().min(1).nullable().default(null),
})

/** The message in a frame. Throws DecodeError for what is not in its form. */
export function decodeAgentMessage(frame: Uint8Array): AgentMessage | UnknownMessage {
  const value = decodeCbor(frame)
  const envelope = envelopeSchema.safeParse(value)
  if (!envelope.success) throw new DecodeError('message has no kind')
  const { kind, seq } = envelope.data
  if (!knownKinds.has(kind)) return { kind: 'unknown', name: kind, seq }
  const message = agentMessageSchema.safeParse(value)
  if (message.success) return message.data
  const issue = message.error.issues[0]
  const path = issue?.path.join('.') ?? ''
  throw new DecodeError(`'${kind}' is malformed at '${path}': ${issue?.message ?? 'not valid'}`)
}
