import { AppError } from '../protocol/errors.ts'

/**
 * The one of a list whose id is, or begins with, `wanted`. `kind` names one of them. Throws
 * `not-found` with `advice`, `bad-request` with the candidates of several.
 */
export function findById<T extends { readonly id: string }>(
  all: readonly T[],
  wanted: string,
  kind: string,
  advice: string,
): T {
  const found = all.filter(({ id }) => id === wanted || (wanted !== '' && id.startsWith(wanted)))
  const [first, ...others] = found
  if (first === undefined) {
    throw new AppError('not-found', `no ${kind} has the id '${wanted}': ${advice}`)
  }
  if (others.length === 0) return first
  const shown = found.slice(0, 4).map(({ id }) => id)
  throw new AppError(
    'bad-request',
    `'${wanted}' names ${found.length} ${kind}s, write more of one: ${shown.join(', ')}`,
  )
}
