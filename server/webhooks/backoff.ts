/** A receiver that takes nothing for this long is given up on. */
export const patienceMs = 24 * 3_600_000

const firstDelayMs = 1000
const longestDelayMs = 3_600_000

/**
 * How long to wait after so many failures in a row: twice as long each time, up to an hour, less up
 * to a quarter so that many receivers of one broken host do not come back at once.
 */
export function retryDelayMs(failures: number, fraction: number): number {
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(delayMs * (1 - fraction / 4))
}
