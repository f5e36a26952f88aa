/** A bound as it was written, before a tolerance moved it outwards. */
export interface Nominal {
  readonly value: bigint
  /** In millionths of the value. */
  readonly toleranceMillionths: bigint
}

/** Millionths of one. */
export const millionths = 1_000_000n

/**
 * Where a tolerance moves the bound of a comparison: outwards, to the step that answers the same for
 * whole steps as the exact share would. Null for operators without a bound to move.
 */
export function movedBound(
  operator: 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte',
  { value, toleranceMillionths: tolerance }: Nominal,
): bigint | null {
  const below = value * (millionths - tolerance)
  const above = value * (millionths + tolerance)
  switch (operator) {
    case 'gte':
      return ceiling(below)
    case 'gt':
      return below / millionths
    case 'lte':
      return above / millionths
    case 'lt':
      return ceiling(above)
    case 'eq':
    case 'ne':
      return null
  }
}

/** `3%`, as it is written. */
export function toleranceText({
  toleranceMillionths,
}: Pick<Nominal, 'toleranceMillionths'>): string {
  // A hundredth of a millionth is four decimals of a percent.
  const decimals = (toleranceMillionths % 10_000n).toString().padStart(4, '0').replace(/0+$/, '')
  return `${toleranceMillionths / 10_000n}${decimals === '' ? '' : `.${decimals}`}%`
}

function ceiling(numerator: bigint): bigint {
  return (numerator + millionths - 1n) / millionths
}
