import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FleetEngine } from '../../../../server/allocation/engine/fleet-engine.ts'
import type { Answer, Planned } from '../../../../server/allocation/engine/question.ts'
import { propertyRuns } from '../../../property-runs.ts'
import { Life } from './life.ts'
import { step } from './made-histories.ts'

/** What of an answer must be the same as if everything had been looked at anew. */
function toldOf(answer: Answer): unknown {
  switch (answer.kind) {
    case 'judge':
      return answer.verdict
    case 'serve':
      return answer.starts
    case 'view':
      return answer.stands.map(({ askId, waitsFor, estimatedStartAtMs }) => ({
        askId,
        waitsFor,
        estimatedStartAtMs,
      }))
    case 'capacity':
      return answer.views
    case 'pin':
      return answer.machines
  }
}

function referenceTold(life: Life, question: Planned): unknown {
  const verdicts = life.reference(question)
  switch (question.kind) {
    case 'judge':
      return verdicts.at(-1)
    case 'serve':
      return verdicts.filter(({ kind }) => kind === 'start')
    case 'view':
      return verdicts.slice(question.of === 'all' ? 0 : -1).map((verdict) =>
        verdict.kind === 'start'
          ? { askId: verdict.askId, waitsFor: 'turn', estimatedStartAtMs: life.nowMs }
          : {
              askId: verdict.askId,
              waitsFor: verdict.waitsFor,
              estimatedStartAtMs: verdict.estimatedStartAtMs,
            },
      )
  }
}

describe('an engine that is told of changes', () => {
  it('answers as if it had looked at everything anew', () => {
    const seen = { starts: 0, waits: 0, estimates: 0 }
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30, size: 'max' }), (steps) => {
        const life = new Life()
        const engine = new FleetEngine()
        for (const made of steps) {
          const question = life.live(made)
          if (question === null) continue
          engine.take(life.source.tell(Infinity).delta)
          const answer = engine.answer(question)
          expect(toldOf(answer)).toEqual(referenceTold(life, question))
          if (answer.kind === 'serve') seen.starts += answer.starts.length
          if (answer.kind === 'view') {
            const foreseen = answer.stands.filter((one) => one.estimatedStartAtMs !== null)
            seen.estimates += foreseen.length
            seen.waits += answer.stands.length
          }
          life.take(answer)
        }
      }),
      { numRuns: propertyRuns(400) },
    )
    expect(Math.min(seen.starts, seen.waits, seen.estimates)).toBeGreaterThan(propertyRuns(60))
  }, 60_000)
})
