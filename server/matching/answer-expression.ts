import type { Expression } from '../../protocol/request/expression.ts'
import type { Answer } from './index/answer.ts'
import { countBits } from './index/bitset.ts'
import type { FleetIndex } from './index/fleet-index.ts'

/** A condition answered for all machines at once, in Kleene's three-valued logic. */
export function answerExpression(expression: Expression, index: FleetIndex): Answer {
  if (expression.kind === 'and') return conjunction(expression.of, index)
  if (expression.kind === 'or') return disjunction(expression.of, index)
  if (expression.kind === 'not') return negation(answerExpression(expression.of, index), index)
  return index.column(expression.attribute).answer(expression, index.scratch)
}

function conjunction(parts: readonly Expression[], index: FleetIndex): Answer {
  const live = index.live.words
  const [only] = parts
  if (only !== undefined && parts.length === 1) return answerExpression(only, index)
  const yes = index.scratch.take()
  const open = index.scratch.take()
  yes.set(live)
  open.set(live)
  for (const part of parts) {
    const answer = answerExpression(part, index)
    for (let at = 0; at < yes.length; at += 1) {
      const holds = answer.yes[at] ?? 0
      yes[at] = (yes[at] ?? 0) & holds
      open[at] = (open[at] ?? 0) & (holds | (answer.unknown[at] ?? 0))
    }
  }
  return withoutYes(yes, open)
}

function disjunction(parts: readonly Expression[], index: FleetIndex): Answer {
  const yes = index.scratch.zeros()
  const open = index.scratch.zeros()
  for (const part of parts) {
    const answer = answerExpression(part, index)
    for (let at = 0; at < yes.length; at += 1) {
      yes[at] = (yes[at] ?? 0) | (answer.yes[at] ?? 0)
      open[at] = (open[at] ?? 0) | (answer.unknown[at] ?? 0)
    }
  }
  return withoutYes(yes, open)
}

function negation(answer: Answer, index: FleetIndex): Answer {
  const live = index.live.words
  const yes = index.scratch.take()
  for (let at = 0; at < yes.length; at += 1) {
    yes[at] = (live[at] ?? 0) & ~((answer.yes[at] ?? 0) | (answer.unknown[at] ?? 0))
  }
  return { ...answer, yes, yesCount: index.live.count - answer.yesCount - answer.unknownCount }
}

/** What is open and not yes is not known. */
function withoutYes(yes: Int32Array, open: Int32Array): Answer {
  for (let at = 0; at < open.length; at += 1) open[at] = (open[at] ?? 0) & ~(yes[at] ?? 0)
  return { yes, unknown: open, yesCount: countBits(yes), unknownCount: countBits(open) }
}
