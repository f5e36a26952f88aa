import type { Finding } from '../../../protocol/facts/finding.ts'
import type { StorageFacts } from '../../../protocol/facts/storage.ts'

/**
 * As JSON, which is a third larger than the CBOR that travels: a message of 1 MiB holds these facts
 * with room to spare. A machine of 600 disks with everything about them stays below.
 */
const maxJsonBytes = 1_000_000

/** Parts that a machine of very many disks is told without, the first to go first. */
const parts: readonly {
  readonly name: string
  readonly without: (facts: StorageFacts) => StorageFacts
}[] = [
  { name: 'contents', without: (facts) => ({ ...facts, contents: [] }) },
  { name: 'expanders', without: (facts) => ({ ...facts, expanders: [] }) },
  { name: 'enclosures', without: (facts) => ({ ...facts, enclosures: [] }) },
  {
    name: 'attachments',
    without: (facts) => ({
      ...facts,
      disks: facts.disks.map((disk) => ({ ...disk, attachment: null })),
    }),
  },
  {
    name: 'health',
    without: (facts) => ({
      ...facts,
      disks: facts.disks.map((disk) => ({ ...disk, health: null })),
    }),
  },
]

/** The facts that fit one message, and a finding that names what they had to be told without. */
export function fitting(facts: StorageFacts): {
  readonly facts: StorageFacts
  readonly findings: readonly Finding[]
} {
  const left: string[] = []
  let fitted = facts
  for (const { name, without } of parts) {
    if (jsonBytes(fitted) <= maxJsonBytes) break
    fitted = without(fitted)
    left.push(name)
  }
  if (left.length === 0) return { facts, findings: [] }
  const message = `With ${facts.disks.length} disks it is too much for one message: ${left.join(', ')} left out`
  const finding: Finding = {
    code: 'storage.left-out',
    severity: 'warning',
    subject: 'storage',
    message,
  }
  return { facts: fitted, findings: [finding] }
}

function jsonBytes(facts: StorageFacts): number {
  return new TextEncoder().encode(JSON.stringify(facts)).length
}
