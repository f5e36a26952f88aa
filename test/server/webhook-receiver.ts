import type { WebhookCall, WebhookPort } from '../../server/webhooks/webhook-port.ts'

/** Takes webhooks in memory; a test says how it answers. */
export class WebhookReceiver implements WebhookPort {
  readonly calls: WebhookCall[] = []
  /** The status of the next answers; an error: nobody answers. */
  answer: () => number | Error = () => 204

  allows(url: string): boolean {
    return new URL(url).origin === 'https://hooks.test'
  }

  async post(call: WebhookCall, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted()
    this.calls.push(call)
    const answer = this.answer()
    if (answer instanceof Error) throw answer
    return answer
  }
}
