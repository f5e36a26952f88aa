import type { Domain } from '../domain.ts'
import type { PlannerAnswer } from './engine/planner.ts'
import type { Planned } from './engine/question.ts'

/** A question as those who ask it put it: quotas are looked up for them. */
type Unquoted = Planned extends infer Q ? (Q extends Planned ? Omit<Q, 'quotas'> : never) : never

/** Asks what some requests get, with the quotas of their tenants as the picture has them. */
export async function askFleet(
  { picture, planner }: Pick<Domain, 'picture' | 'planner'>,
  question: Unquoted,
): Promise<PlannerAnswer> {
  const quotas = picture.quotas(question.asks.map(({ tenant }) => tenant))
  return planner.ask(picture, { ...question, quotas })
}
