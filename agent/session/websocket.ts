import { WebSocket } from 'ws'
import type { Connection } from '../../protocol/connection.ts'
import { AppError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { subprotocol } from '../../protocol/messages.ts'
import type { Site } from '../../protocol/site.ts'

/**
 * Dials `wss://<server>/agent/v1`, trusting the site's CA and no other, under the site's server name
 * whatever address was dialled. A certificate of another CA or for another name is refused by TLS.
 */
export async function dialWebSocket(
  site: Pick<Site, 'caPem' | 'serverName'>,
  server: string,
  signal: AbortSignal,
): Promise<Connection> {
  const options = {
    ca: site.caPem,
    servername: site.serverName,
    handshakeTimeout: limits.proofSeconds * 1000,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
  }
  const socket = new WebSocket(`wss://${server}/agent/v1`, [subprotocol], options)
  socket.binaryType = 'arraybuffer'
  const connection = new WebSocketConnection(socket, server)
  await new Promise<void>((resolve, reject) => {
    const abort = () => socket.terminate()
    signal.addEventListener('abort', abort, { once: true })
    socket.once('open', () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    socket.on('error', (cause) => {
      reject(new AppError('unavailable', `connect to ${server}`, {}, { cause }))
    })
    socket.once('close', () => reject(new AppError('unavailable', `connect to ${server}: closed`)))
  })
  return connection
}

class WebSocketConnection implements Connection {
  readonly #socket: WebSocket
  readonly remoteAddress: string
  onFrame: ((frame: Uint8Array) => void) | null = null
  onClose: ((code: number, reason: string) => void) | null = null

  constructor(socket: WebSocket, remoteAddress: string) {
    this.#socket = socket
    this.remoteAddress = remoteAddress
    socket.on('message', (data: unknown, binary: boolean) => {
      if (binary && data instanceof ArrayBuffer) this.onFrame?.(new Uint8Array(data))
      else this.close(1003, 'frames are binary')
    })
    socket.on('close', (code: number, reason: Buffer) => this.onClose?.(code, reason.toString()))
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(frame: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame)
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code, reason)
    else this.#socket.terminate()
  }
}
