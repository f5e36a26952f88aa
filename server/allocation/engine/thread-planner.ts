import type { Worker } from 'node:worker_threads'
import { AppError, errorChain } from '../../../protocol/errors.ts'
import { requestToJson } from '../../../protocol/request/written.ts'
import type { Logger } from '../../log.ts'
import type { FleetSource, Planner, PlannerAnswer } from './planner.ts'
import type { Answer, Ask, Question } from './question.ts'
import type { EngineMessage, EngineReply, WireAsk } from './wire.ts'

/** What an engine in a thread needs. */
export interface ThreadOptions {
  /** Starts the thread, of `engine-worker.ts`. */
  readonly spawn: () => Worker
  readonly log: Logger
}

/** Machines told at a time: to write and read them takes milliseconds. */
const toldMaximum = 500

/** Asks that the thread remembers. */
const rememberedMaximum = 2048

interface Pending {
  readonly resolve: (answer: Answer | null) => void
  readonly reject: (error: Error) => void
}

/**
 * An engine in a thread of its own: this one goes on with other work while it thinks. A thread that
 * dies fails what waits for it; the next question starts another one and tells it everything.
 */
export class ThreadPlanner implements Planner {
  readonly #options: ThreadOptions
  readonly #pending = new Map<number, Pending>()
  readonly #asksTold = new Set<string>()
  #thread: Worker | null = null
  #number = 0
  #isClosed = false

  constructor(options: ThreadOptions) {
    this.#options = options
  }

  async ask(source: FleetSource, question: Question): Promise<PlannerAnswer> {
    const { reply, seq } = await source.hold(async () => {
      const thread = this.#started(source)
      for (;;) {
        const { delta, isLast } = source.tell(toldMaximum)
        if (isLast) {
          // The answer is waited for outside: what changes meanwhile is taken over.
          return { reply: this.#send(thread, delta, question), seq: source.seq }
        }
        await this.#send(thread, delta, null).answer
      }
    })
    const answer = await reply.answer
    if (answer === null) throw new Error('the matching thread answered without an answer')
    return { answer, seq }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const thread = this.#thread
    this.#lose(new AppError('unavailable', 'the server stops'))
    await thread?.terminate()
  }

  #started(source: FleetSource): Worker {
    if (this.#isClosed) throw new AppError('unavailable', 'the server stops')
    if (this.#thread !== null) return this.#thread
    const thread = this.#options.spawn()
    this.#thread = thread
    thread.on('message', (reply: EngineReply) => {
      if (this.#thread === thread) this.#end(reply)
    })
    thread.on('error', (error: unknown) => this.#died(thread, errorChain(error)))
    thread.on('exit', (code: number) => this.#died(thread, `it ended with code ${code}`))
    source.tellAnew()
    return thread
  }

  #died(thread: Worker, error: string): void {
    if (this.#thread !== thread) return
    this.#options.log.error('matching thread died', { error, waiting: this.#pending.size })
    this.#lose(new AppError('unavailable', 'matching was interrupted, try again'))
  }

  #lose(error: Error): void {
    this.#thread = null
    this.#asksTold.clear()
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of waiting) reject(error)
  }

  #send(
    thread: Worker,
    delta: EngineMessage['delta'],
    question: Question | null,
  ): { readonly answer: Promise<Answer | null> } {
    const number = (this.#number += 1)
    const { promise: answer, resolve, reject } = Promise.withResolvers<Answer | null>()
    this.#pending.set(number, { resolve, reject })
    if (this.#asksTold.size > rememberedMaximum) this.#asksTold.clear()
    const forgetsAsks = this.#asksTold.size === 0
    const wired = question === null ? null : this.#wire(question)
    const message: EngineMessage = { number, delta, question: wired, forgetsAsks }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread.postMessage(message)
    return { answer }
  }

  #wire(question: Question): Question<WireAsk> {
    if (!('asks' in question)) return question
    return { ...question, asks: question.asks.map((ask) => this.#wireAsk(ask)) }
  }

  #wireAsk(ask: Ask): WireAsk {
    if (this.#asksTold.has(ask.id)) return ask.id
    this.#asksTold.add(ask.id)
    return { ...ask, request: requestToJson(ask.request) }
  }

  #end(reply: EngineReply): void {
    const pending = this.#pending.get(reply.number)
    if (pending === undefined) return
    this.#pending.delete(reply.number)
    switch (reply.kind) {
      case 'answered':
        return pending.resolve(reply.answer)
      case 'refused':
        return pending.reject(new AppError(reply.code, reply.message, reply.details))
      case 'failed':
        this.#asksTold.clear()
        return pending.reject(new Error(`matching failed: ${reply.message}`))
    }
  }
}
