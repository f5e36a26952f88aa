/** Small steps that readers of attributes share. */

/** The texts when every one is known, not known otherwise: half a set would answer wrongly. */
export function allKnown(texts: readonly (string | null)[]): readonly string[] | undefined {
  const known = texts.filter((text) => text !== null)
  return known.length === texts.length ? known : undefined
}

/** The texts that are known; not known when none of some is. */
export function someKnown(texts: readonly (string | null)[]): readonly string[] | undefined {
  const known = texts.filter((text) => text !== null)
  return known.length === 0 && texts.length > 0 ? undefined : known
}

/** The largest known number; not known when none is. */
export function largest(values: readonly (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** The smallest known number; not known when none is. */
export function smallest(values: readonly (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** The sum when every number is known: a part of a sum is none. */
export function sum(values: readonly (number | null)[]): number | undefined {
  let total = 0
  for (const value of values) {
    if (value === null) return undefined
    total += value
  }
  return total
}

/** In another unit; what is not known or none stays so. */
export function scaled(
  value: number | null | undefined,
  factor: number,
): number | null | undefined {
  return value === null || value === undefined ? value : value * factor
}
