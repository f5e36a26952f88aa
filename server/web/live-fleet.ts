import type { AssayEvent } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Client } from '../../protocol/client.ts'
import { applyEvents, applyLists, emptyFleet } from './fleet.ts'
import type { Fleet } from './fleet.ts'
import { createPageClient } from './page-client.ts'

/** How the page hangs on its server. `lost`: what is shown may be old. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly reason: string; readonly retryAtMs: number }
  | { readonly kind: 'logged-out' }

export interface LiveState {
  readonly link: Link
  readonly fleet: Fleet
}

/** The server says something at least every 5 s; after three times that the link is dead. */
const silenceMs = 15_000

/** Between tries, doubled up to the longest. */
const retryMs = { first: 1000, longest: 15_000 } as const

/** Events come in bursts; the page is drawn at most this often. */
const drawMs = 80

/** Keeps the fleet in step with the server for as long as the page is open. */
export class LiveFleet {
  readonly client: Client
  #state: LiveState = { link: { kind: 'connecting' }, fleet: emptyFleet }
  readonly #listeners = new Set<() => void>()
  #heardAtMs = 0
  /** The stream has begun. */
  #heard = Promise.withResolvers<void>()
  /** Not yet part of the state. */
  #events: AssayEvent[] = []
  #drawing = false

  constructor() {
    this.client = createPageClient(() => {
      this.#heardAtMs = Date.now()
      this.#heard.resolve()
    })
  }

  get state(): LiveState {
    return this.#state
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Runs until the session ends; a new login runs it again. */
  async run(): Promise<void> {
    this.#set({ link: { kind: 'connecting' }, fleet: this.#state.fleet })
    for (let waitMs: number = retryMs.first; ;) {
      const began = Date.now()
      const reason = await this.#connectOnce()
      this.#takeEvents()
      if (reason === null) return this.#set({ link: { kind: 'logged-out' }, fleet: emptyFleet })
      waitMs = Date.now() - began > silenceMs ? retryMs.first : waitMs
      this.#setLink({ kind: 'lost', reason, retryAtMs: Date.now() + waitMs })
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      waitMs = Math.min(retryMs.longest, waitMs * 2)
    }
  }

  /** Until the link ends: null when the session did, else why. */
  async #connectOnce(): Promise<string | null> {
    const connection = new AbortController()
    const { signal } = connection
    this.#heardAtMs = Date.now()
    this.#heard = Promise.withResolvers()
    const watchdog = setInterval(() => {
      if (Date.now() - this.#heardAtMs > silenceMs) connection.abort()
    }, 1000)
    const silence = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('silent')), { once: true })
    })
    try {
      await Promise.race([silence, this.client.session()])
      await Promise.race([silence, Promise.all([this.#follow(signal), this.#fetchLists(signal)])])
      return 'the server ended the connection'
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthenticated') return null
      if (signal.aborted) return 'the server has gone silent'
      return error instanceof Error ? error.message : 'not known'
    } finally {
      clearInterval(watchdog)
      connection.abort()
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const event of this.client.events(null, signal)) {
      this.#events.push(event)
      this.#drawSoon()
    }
  }

  /** Once the stream has begun, so that nothing happens unseen in between. */
  async #fetchLists(signal: AbortSignal): Promise<void> {
    await this.#heard.promise
    const { machines, allocations, images } = this.client
    const lists = await Promise.all([machines.list(), allocations.list(), images.list()])
    if (signal.aborted) return
    this.#takeEvents()
    const fleet = applyLists(this.#state.fleet, {
      machines: lists[0],
      allocations: lists[1],
      images: lists[2],
    })
    this.#set({ link: { kind: 'live' }, fleet })
  }

  #setLink(link: Link): void {
    this.#set({ ...this.#state, link })
  }

  #set(state: LiveState): void {
    this.#state = state
    this.#drawSoon()
  }

  #drawSoon(): void {
    if (this.#drawing) return
    this.#drawing = true
    setTimeout(() => {
      this.#drawing = false
      this.#takeEvents()
      for (const listener of this.#listeners) listener()
    }, drawMs)
  }

  #takeEvents(): void {
    if (this.#events.length === 0) return
    this.#state = { ...this.#state, fleet: applyEvents(this.#state.fleet, this.#events) }
    this.#events = []
  }
}
