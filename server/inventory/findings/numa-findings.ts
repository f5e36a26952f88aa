import type { Finding } from '../../../protocol/facts/finding.ts'
import type { FactsOf } from '../../../protocol/facts/inventory.ts'
import { amountText } from '../../../protocol/human-text.ts'

/** Nodes of equal machines differ by what firmware and kernel keep for themselves. */
const usualDifferenceRatio = 0.1

/** NUMA nodes with processors whose memory is unlike that of the others. */
export function numaFindings({ nodes }: FactsOf<'numa'>): readonly Finding[] {
  const sized = nodes.flatMap(({ id, cpus, memorySizeBytes }) =>
    cpus.length === 0 || memorySizeBytes === null ? [] : [{ id, memorySizeBytes }],
  )
  const largest = Math.max(0, ...sized.map(({ memorySizeBytes }) => memorySizeBytes))
  return sized
    .filter(({ memorySizeBytes }) => memorySizeBytes < largest * (1 - usualDifferenceRatio))
    .map(({ id, memorySizeBytes }) => ({
      code: 'numa.memory-uneven',
      severity: 'warning',
      subject: `node${id}`,
      message:
        `NUMA node ${id} has ${amountText(memorySizeBytes, 'B', true)} of memory, ` +
        `the largest node ${amountText(largest, 'B', true)}`,
    }))
}
