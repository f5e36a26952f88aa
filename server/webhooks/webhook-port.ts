/** What webhooks need of the world. */
export interface WebhookPort {
  /** Whether the configuration allows the origin of an address; nothing else is ever called. */
  allows(url: string): boolean
  /** Posts a body and gives the status. Follows no redirect. Rejects where nothing answered. */
  post(call: WebhookCall, signal: AbortSignal): Promise<number>
}

export interface WebhookCall {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Calls by HTTP, of the given origins only (`https://hooks.example.org`). A name is the operator's
 * word for a host: what it resolves to is not looked at, a redirect is not followed.
 */
export function httpWebhookPort(origins: readonly string[]): WebhookPort {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin))
  const allows = (url: string) => {
    if (!URL.canParse(url)) return false
    const { origin, protocol, username, password } = new URL(url)
    if (protocol !== 'https:' && protocol !== 'http:') return false
    return username === '' && password === '' && allowed.has(origin)
  }
  return {
    allows,
    async post({ url, headers, body }, signal) {
      if (!allows(url)) throw new Error(`origin of '${url}' is not allowed by the configuration`)
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'assay', ...headers },
        body,
        redirect: 'manual',
        signal,
      })
      await response.body?.cancel()
      return response.status
    },
  }
}
