/** Middle of the samples; NaN for none. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** Largest less smallest; 0 for one sample. */
export function spread(samples: readonly number[]): number {
  return samples.length === 0 ? Number.NaN : Math.max(...samples) - Math.min(...samples)
}

/** The sample that a share of all does not exceed (nearest rank); NaN for none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
