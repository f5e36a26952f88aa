import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../protocol/effects.ts'
import { errorChain } from '../../protocol/errors.ts'
import type { DeviceQuestion } from '../device-question.ts'

/** What the thread of a lane tells of a question. */
export type LaneReply =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly message: string }

/** What a lane needs. */
export interface LaneOptions {
  readonly clock: Clock
  /** Starts the thread. */
  readonly spawn: () => Worker
  /** A question not answered within this is given up, and its device is not asked again. */
  readonly timeoutMs: number
}

/** Questions that wait at a time: 30 of each of 2,000 disks. */
const maxWaiting = 60_000

/** A thread inside a driver that hangs cannot be ended; past these the lane asks nothing more. */
const maxHangingThreads = 4

/** A thread (8 MB) that has nothing to do for so long is ended. */
const idleMs = 2000

interface Waiting {
  readonly question: DeviceQuestion
  readonly resolve: (bytes: Uint8Array | undefined) => void
  readonly reject: (error: Error) => void
}

/**
 * Asks devices one question at a time on a thread of its own, because the kernel's calls for it wait.
 * A device that does not answer costs its questions and the thread, not the lane.
 */
export class Lane implements Disposable {
  readonly #options: LaneOptions
  readonly #waiting: Waiting[] = []
  readonly #silent = new Set<string>()
  #current: Waiting | null = null
  #thread: Worker | null = null
  #timer: Disposable | null = null
  #hangingCount = 0

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** The device's answer as `Host.ask` gives it; rejects when it fails or does not answer in time. */
  ask(question: DeviceQuestion): Promise<Uint8Array | undefined> {
    if (this.#waiting.length >= maxWaiting) {
      const message = `Cannot ask ${question.device}: ${maxWaiting} questions wait already`
      return Promise.reject(new Error(message))
    }
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | undefined>()
    this.#waiting.push({ question, resolve, reject })
    this.#next()
    return promise
  }

  /** Ends the thread; one that hangs in the kernel stays until the kernel lets it go. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
    endThread(this.#thread)
    this.#thread = null
    const left = this.#current === null ? [] : [this.#current]
    this.#current = null
    for (const { question, reject } of [...left, ...this.#waiting.splice(0)]) {
      reject(new Error(`Cannot ask ${question.device}: the program is ending`))
    }
  }

  #next(): void {
    if (this.#current !== null) return
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const refusal = this.#refusal(next.question)
      if (refusal === null) {
        this.#send(next)
        return
      }
      next.reject(new Error(refusal))
    }
    this.#thread?.unref()
    this.#timer = this.#options.clock.after(idleMs, () => {
      endThread(this.#thread)
      this.#thread = null
    })
  }

  #refusal({ device }: DeviceQuestion): string | null {
    if (this.#silent.has(device)) {
      return `Cannot ask ${device}: an earlier question was not answered in time`
    }
    if (this.#hangingCount < maxHangingThreads) return null
    return `Cannot ask ${device}: ${this.#hangingCount} devices hang already`
  }

  #send(waiting: Waiting): void {
    this.#current = waiting
    this.#thread ??= this.#start()
    this.#thread.ref()
    const { clock, timeoutMs } = this.#options
    this.#timer = clock.after(timeoutMs, () => this.#giveUp(waiting))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#thread.postMessage(waiting.question)
  }

  #start(): Worker {
    const thread = this.#options.spawn()
    thread.on('message', (reply: LaneReply) => {
      if (this.#thread === thread) this.#end(reply)
    })
    thread.on('error', (error: unknown) => {
      if (this.#thread !== thread) return
      this.#thread = null
      this.#end({ kind: 'failed', message: `Cannot ask: the lane failed: ${errorChain(error)}` })
    })
    return thread
  }

  #end(reply: LaneReply): void {
    const ended = this.#current
    this.#current = null
    if (reply.kind === 'failed') ended?.reject(new Error(reply.message))
    else ended?.resolve(reply.kind === 'bytes' ? reply.bytes : undefined)
    this.#next()
  }

  /** Leaves the thread to its device and goes on with another one. */
  #giveUp({ question }: Waiting): void {
    const thread = this.#thread
    this.#thread = null
    this.#silent.add(question.device)
    if (thread !== null) {
      this.#hangingCount++
      thread.on('exit', () => {
        this.#hangingCount--
      })
      thread.unref()
      endThread(thread)
    }
    const { timeoutMs } = this.#options
    const message = `Cannot ask ${question.device}: it did not answer within ${timeoutMs / 1000} s`
    this.#end({ kind: 'failed', message })
  }
}

function endThread(thread: Worker | null): void {
  // Resolves when the thread has ended, which may be never.
  thread?.terminate().catch(() => undefined)
}
