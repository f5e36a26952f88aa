import type { NamedNumbers } from './gpu-management.ts'

/**
 * Uncorrected errors of one period. Where a total is told, and where single counters are, they count
 * the same errors: the larger is taken. Sources and double bits of one memory are parts of a total.
 */
export function uncorrectedErrors(counters: NamedNumbers): number {
  let total = 0
  let single = 0
  for (const [name, count] of Object.entries(counters)) {
    if (name === 'total-uncorrectable' || name === 'double-bit.total')
      total = Math.max(total, count)
    else if (/^(sram|dram)-uncorrectable/.test(name) || /^\w+\.uncorrectable$/.test(name))
      single += count
  }
  return Math.max(total, single)
}
