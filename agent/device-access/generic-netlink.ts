/** Messages of generic netlink, include/uapi/linux/{netlink,genetlink}.h, in the machine's byte order. */
import { DecodeError } from '../../protocol/errors.ts'

/** An attribute to be sent: bytes, or attributes inside it. */
export interface Attribute {
  readonly type: number
  readonly value: Uint8Array | readonly Attribute[]
}

const NLM_F_REQUEST = 1
const NLMSG_ERROR = 2
const NLA_F_NESTED = 0x8000
const attributeTypes = 0x3fff
const headerBytes = 16
const genericHeaderBytes = 4

/** A request to a family, to be written to a socket as it is. */
export function requestMessage(
  family: number,
  command: number,
  sequence: number,
  attributes: readonly Attribute[],
): Uint8Array {
  const body = encodeAttributes(attributes)
  const message = new Uint8Array(headerBytes + genericHeaderBytes + body.length)
  const view = new DataView(message.buffer)
  view.setUint32(0, message.length, true)
  view.setUint16(4, family, true)
  view.setUint16(6, NLM_F_REQUEST, true)
  view.setUint32(8, sequence, true)
  message[headerBytes] = command
  message[headerBytes + 1] = 1
  message.set(body, headerBytes + genericHeaderBytes)
  return message
}

function encodeAttributes(attributes: readonly Attribute[]): Uint8Array {
  const parts = attributes.map(({ type, value }) => {
    const isNest = !(value instanceof Uint8Array)
    const content = isNest ? encodeAttributes(value) : value
    const part = new Uint8Array(aligned(4 + content.length))
    const view = new DataView(part.buffer)
    view.setUint16(0, 4 + content.length, true)
    view.setUint16(2, isNest ? type | NLA_F_NESTED : type, true)
    part.set(content, 4)
    return part
  })
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const aligned = (length: number) => (length + 3) & ~3

/** What the kernel says to a request: an errno above 0, or the attributes of its reply by type. */
export type Reply =
  | { readonly kind: 'refused'; readonly errno: number }
  | { readonly kind: 'attributes'; readonly attributes: ReadonlyMap<number, Uint8Array> }

/** The reply with number `sequence` in what was read; null when there is none in it. */
export function replyIn(bytes: Uint8Array, sequence: number): Reply | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at + headerBytes <= bytes.length) {
    const length = view.getUint32(at, true)
    if (length < headerBytes || at + length > bytes.length) {
      throw new DecodeError(`Cannot read a netlink message: its length is ${length}`)
    }
    if (view.getUint32(at + 8, true) === sequence) {
      const body = bytes.subarray(at + headerBytes, at + length)
      return view.getUint16(at + 4, true) === NLMSG_ERROR ? refusal(body) : attributesReply(body)
    }
    at += aligned(length)
  }
  return null
}

function refusal(body: Uint8Array): Reply {
  if (body.length < 4) throw new DecodeError('Cannot read a netlink error: it is cut short')
  const code = new DataView(body.buffer, body.byteOffset, 4).getInt32(0, true)
  return { kind: 'refused', errno: -code }
}

function attributesReply(body: Uint8Array): Reply {
  const attributes = new Map<number, Uint8Array>()
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  let at = genericHeaderBytes
  while (at + 4 <= body.length) {
    const length = view.getUint16(at, true)
    if (length < 4 || at + length > body.length) {
      throw new DecodeError(`Cannot read a netlink attribute: its length is ${length}`)
    }
    const type = view.getUint16(at + 2, true) & attributeTypes
    attributes.set(type, body.slice(at + 4, at + length))
    at += aligned(length)
  }
  return { kind: 'attributes', attributes }
}
