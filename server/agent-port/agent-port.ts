import { createServer } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Connection } from '../../protocol/connection.ts'
import type { Clock } from '../../protocol/effects.ts'
import { limits } from '../../protocol/limits.ts'
import { subprotocol } from '../../protocol/messages.ts'
import type { Logger } from '../log.ts'
import type { Authority } from '../tls/authority.ts'
import { acceptSocket } from './websocket-connection.ts'

/** Where agents connect: the one path of the agent port. */
export const agentPath = '/agent/v1'

export interface AgentPort {
  /** The port that was given where 0 was asked for. */
  readonly port: number
  /** Agents connected now, proven or not. */
  connectionCount(): number
  /** Connections made before are refused with 503: the service is not there yet. */
  onConnection(accept: (connection: Connection) => void): void
  /** Cuts every agent (they resume at the next start) and frees the port. */
  close(): Promise<void>
}

export interface AgentPortOptions {
  readonly host: string
  readonly port: number
  readonly authority: Authority
  readonly clock: Clock
  readonly log: Logger
}

/**
 * The websocket listener of the agents: TLS 1.3 with the site's own certificate, the subprotocol
 * required, one message a frame and {@link limits} on everything. Says nothing about who connects:
 * that is proven inside, by signatures.
 */
export async function openAgentPort(options: AgentPortOptions): Promise<AgentPort> {
  const { authority, clock, log } = options
  const server = createServer({
    cert: authority.serverCertificatePem,
    key: authority.serverKeyPem,
    minVersion: 'TLSv1.3',
  })
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
    handleProtocols: () => subprotocol,
  })
  const connections = new Set<{ terminate(): void }>()
  let accept: ((connection: Connection) => void) | null = null

  server.on('request', (_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' })
    response.end(`agents connect to ${agentPath} by websocket\n`)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = accept === null ? '503 Service Unavailable' : refusalOf(request)
    if (refusal !== null || accept === null) {
      socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const handOver = accept
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const remoteAddress = request.socket.remoteAddress ?? ''
      const link = acceptSocket({ socket: webSocket, remoteAddress, clock, log })
      connections.add(link)
      webSocket.once('close', () => connections.delete(link))
      handOver(link.connection)
    })
  })
  server.on('tlsClientError', (error) => {
    log.warn('agent port: TLS handshake failed', { reason: error.message })
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port

  return {
    port,
    connectionCount: () => connections.size,
    onConnection: (handler) => {
      accept = handler
    },
    close: () =>
      new Promise((resolve) => {
        accept = null
        for (const link of connections) link.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Why an upgrade is refused, as an HTTP status line; null where it is none of ours to refuse. */
function refusalOf(request: IncomingMessage): string | null {
  const path = (request.url ?? '').split('?')[0]
  if (path !== agentPath) return '404 Not Found'
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',')
  if (!offered.some((name) => name.trim() === subprotocol)) return '400 Bad Request'
  return null
}
