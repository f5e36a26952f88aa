import { z } from 'zod'
import { AppError } from '../protocol/errors.ts'

const problemsSchema = z.array(z.object({ line: z.number(), message: z.string() }))

/** What else is wrong with a file that was refused, a line each: the error tells the first problem. */
export function otherProblems(error: unknown): readonly string[] {
  if (!(error instanceof AppError)) return []
  const problems = problemsSchema.safeParse(error.details['problems'])
  if (!problems.success) return []
  return problems.data.slice(1).map(({ line, message }) => `  line ${line}: ${message}`)
}
