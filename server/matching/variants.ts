import type { Request } from '../../protocol/request.ts'

/** A request with one choice made for each role. */
export interface Variant {
  /** By role: 0 is the role as it stands, 1 its first alternative. */
  readonly choices: readonly number[]
  readonly request: Request
}

/**
 * Every combination of alternatives, the request as it stands first: fewer steps down the lists come
 * before more, and giving way in a later role before an earlier one. Their number is bounded where
 * requests are read.
 */
export function variantsOf(request: Request): readonly Variant[] {
  let combinations: readonly (readonly number[])[] = [[]]
  for (const role of request.roles) {
    const choices = Array.from({ length: role.alternatives.length + 1 }, (_, choice) => choice)
    combinations = combinations.flatMap((made) => choices.map((choice) => [...made, choice]))
  }
  const steps = (choices: readonly number[]) => choices.reduce((sum, choice) => sum + choice, 0)
  return combinations
    .toSorted((a, b) => steps(a) - steps(b))
    .map((choices) => ({ choices, request: chosen(request, choices) }))
}

function chosen(request: Request, choices: readonly number[]): Request {
  if (request.roles.every((role) => role.alternatives.length === 0)) return request
  const roles = request.roles.map((role, at) => ({
    ...role,
    ...role.alternatives[(choices[at] ?? 0) - 1],
    alternatives: [],
  }))
  return { ...request, roles }
}
