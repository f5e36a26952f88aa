import type { Scorer } from './scorer.ts'

/** Every scorer, in the order they are printed. */
export const scorers: readonly Scorer[] = []
