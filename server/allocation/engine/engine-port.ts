import assert from 'node:assert/strict'
import { AppError, errorChain } from '../../../protocol/errors.ts'
import { parseRequest } from '../../../protocol/request.ts'
import { FleetEngine } from './fleet-engine.ts'
import type { Answer, Ask, Question } from './question.ts'
import type { EngineMessage, EngineReply, WireAsk } from './wire.ts'

/** The thread's side of the wire: an engine, and the asks that were told once. */
export class EnginePort {
  readonly #engine = new FleetEngine()
  readonly #asks = new Map<string, Ask>()

  /**
   * What it cannot take over of a change is thrown: the thread ends with it, because its picture of
   * the fleet is wrong from then on. What fails in an answer is told.
   */
  replyTo({ number, delta, question, forgetsAsks }: EngineMessage): EngineReply {
    this.#engine.take(delta)
    if (forgetsAsks) this.#asks.clear()
    try {
      const answer = question === null ? null : this.#answer(question)
      return { number, kind: 'answered', answer }
    } catch (error) {
      if (!(error instanceof AppError))
        return { number, kind: 'failed', message: errorChain(error) }
      const { code, message, details } = error
      return { number, kind: 'refused', code, message, details }
    }
  }

  #answer(question: Question<WireAsk>): Answer {
    if (!('asks' in question)) return this.#engine.answer(question)
    const asks = question.asks.map((ask) => this.#read(ask))
    const read: Question = { ...question, asks }
    return this.#engine.answer(read)
  }

  #read(ask: WireAsk): Ask {
    if (typeof ask !== 'string') {
      const read = { ...ask, request: parseRequest(ask.request) }
      this.#asks.set(ask.id, read)
      return read
    }
    const known = this.#asks.get(ask)
    assert(known !== undefined, `ask '${ask}' was told before`)
    return known
  }
}
