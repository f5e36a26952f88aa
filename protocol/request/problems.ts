import type { z } from 'zod'
import { nearestName } from '../attributes/nearest.ts'
import { AppError } from '../errors.ts'

/** What is wrong at one place of a request. */
export interface RequestProblem {
  /** `roles[0].match.memory.size.gte`. */
  readonly path: string
  readonly message: string
}

/** Enough to mend a request in one go. */
const maxProblems = 20

/** Collects what is wrong with a request, so that its writer hears of everything at once. */
export class Problems {
  readonly #found: RequestProblem[] = []
  readonly #subject: string

  constructor(subject = 'the request') {
    this.#subject = subject
  }

  add(path: string, message: string): void {
    if (this.#found.length < maxProblems) this.#found.push({ path, message })
  }

  get empty(): boolean {
    return this.#found.length === 0
  }

  /** Nothing more is kept: looking for more is in vain. */
  get full(): boolean {
    return this.#found.length >= maxProblems
  }

  /** The request is refused: all problems in `details.problems`, the first ones in the text. */
  refusal(): AppError {
    const shown = this.#found
      .slice(0, 3)
      .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    const rest = this.#found.length - shown.length
    const text = `${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`
    return new AppError('unprocessable', `Cannot take ${this.#subject}: ${text}`, {
      problems: this.#found,
    })
  }
}

/** What a schema found, an unknown field with the nearest of `fields`. */
export function addIssue(
  problems: Problems,
  issue: z.core.$ZodIssue,
  fields: readonly string[],
): void {
  const path = issue.path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${String(step)}`,
    )
    .join('')
  if (issue.code !== 'unrecognized_keys') return problems.add(path, issue.message)
  for (const key of issue.keys) {
    const near = nearestName(key, fields)
    const hint = near === null ? '' : `; did you mean '${near}'`
    problems.add(path, `there is no field '${key.slice(0, 64)}'${hint}`)
  }
}
