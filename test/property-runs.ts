import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Share of a property's runs, 0 to 1. */
    readonly propertyShare: number
  }
}

/** Runs of a property: all `count` of them in `npm run test:long`, a part of them elsewhere. */
export function propertyRuns(count: number): number {
  return Math.ceil(count * inject('propertyShare'))
}
