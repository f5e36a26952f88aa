import type { WebSocket } from 'ws'
import type { Connection } from '../../protocol/connection.ts'
import type { Clock } from '../../protocol/effects.ts'
import { limits } from '../../protocol/limits.ts'
import type { Logger } from '../log.ts'

/** Close code for a frame that is no CBOR message (RFC 6455 §7.4.1: unsupported data). */
const unsupportedData = 1003

/** After our close frame a peer has this long to answer before it is cut. */
const closeMs = 5000

/** A link and the way to cut it without a word. */
export interface AcceptedSocket {
  readonly connection: Connection
  terminate(): void
}

/**
 * A websocket as a {@link Connection}. A peer that takes its data too slowly, or stays silent over
 * two heartbeats, is cut; the outbox of the agent makes that harmless.
 */
export function acceptSocket(options: {
  readonly socket: WebSocket
  readonly remoteAddress: string
  readonly clock: Clock
  readonly log: Logger
}): AcceptedSocket {
  const { socket, remoteAddress, clock, log } = options
  let silentIntervals = 0
  let closing: Disposable | null = null

  const cut = (reason: string) => {
    log.warn('agent port: connection cut', { remoteAddress, reason })
    socket.terminate()
  }

  const connection: Connection = {
    remoteAddress,
    onFrame: null,
    onClose: null,
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    send(frame) {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount + frame.length > limits.bufferedBytes) {
        cut(`${socket.bufferedAmount} bytes wait for a peer that does not read`)
        return
      }
      socket.send(frame)
    },
    close(code, reason) {
      socket.close(code, reason.slice(0, 120))
      closing ??= clock.after(closeMs, () => socket.terminate())
    },
  }

  const heartbeat = clock.every(limits.heartbeatSeconds * 1000, () => {
    if (silentIntervals >= 2) {
      cut(`silent for ${2 * limits.heartbeatSeconds} seconds`)
      return
    }
    silentIntervals += 1
    if (socket.readyState === socket.OPEN) socket.ping()
  })

  socket.on('pong', () => {
    silentIntervals = 0
  })
  socket.on('ping', () => {
    silentIntervals = 0
  })
  socket.on('message', (data, isBinary) => {
    silentIntervals = 0
    if (!isBinary || !(data instanceof Uint8Array)) {
      connection.close(unsupportedData, 'frames are binary CBOR messages')
      return
    }
    connection.onFrame?.(data)
  })
  // The socket closes by itself after an error; without a listener the error would be thrown.
  socket.on('error', (error) => {
    log.warn('agent port: websocket error', { remoteAddress, reason: error.message })
  })
  socket.on('close', (code, reason) => {
    heartbeat[Symbol.dispose]()
    closing?.[Symbol.dispose]()
    connection.onClose?.(code, reason.toString())
  })

  return { connection, terminate: () => socket.terminate() }
}
