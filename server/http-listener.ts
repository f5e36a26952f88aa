/** Answers one request. `address` is the client's, null when it is gone already. */
export type HttpHandler = (request: Request, address: string | null) => Response | Promise<Response>

export interface HttpListener {
  /** The port that was given where 0 was asked for. */
  readonly port: number
  /** Requests before are answered 503: the parts that answer may need the port. */
  handle(handler: HttpHandler): void
  /** Cuts what is open and frees the port. */
  close(): Promise<void>
}

/** A plain HTTP listener. Body limits are the handlers' own: an image is longer than a request. */
export function openHttpListener(options: {
  readonly host: string
  readonly port: number
  /** A connection without a byte for so long is cut. */
  readonly idleSeconds: number
}): HttpListener {
  let handler: HttpHandler | null = null
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    idleTimeout: options.idleSeconds,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    development: false,
    // Bun shares the port with other servers when `development` is off, unless told not to.
    reusePort: false,
    fetch(request, server) {
      if (handler === null) return new Response('the server is starting\n', { status: 503 })
      return handler(request, server.requestIP(request)?.address ?? null)
    },
  })
  return {
    port: server.port ?? options.port,
    handle: (answer) => {
      handler = answer
    },
    close: () => server.stop(true),
  }
}
