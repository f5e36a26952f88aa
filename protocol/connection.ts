/**
 * A link that carries whole frames in order: a websocket, or a pair of queues in a simulation. Both
 * ends see the same interface.
 */
export interface Connection {
  readonly remoteAddress: string
  /** Bytes handed to `send` that have not left yet. */
  readonly bufferedBytes: number
  /** Sends a frame; after the link closed it does nothing. */
  send(frame: Uint8Array): void
  /** Closes with a websocket close code (RFC 6455 §7.4). `onClose` follows on both ends. */
  close(code: number, reason: string): void
  /** Set by the owner before the first frame is read. */
  onFrame: ((frame: Uint8Array) => void) | null
  /** Called once. */
  onClose: ((code: number, reason: string) => void) | null
}
