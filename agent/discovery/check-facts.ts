import { errorChain } from '../../protocol/errors.ts'
import { parseFacts } from '../../protocol/facts/inventory.ts'
import type { DiscoveryEvent } from './discover.ts'

/**
 * Holds facts against their schema before they leave the machine, so that garbage a device gave is a
 * finding here and never a message the server refuses.
 */
export function checkFacts(event: DiscoveryEvent): DiscoveryEvent {
  if (event.kind !== 'facts') return event
  try {
    return { ...event, facts: parseFacts(event.class, event.facts) }
  } catch (error) {
    const message = `Cannot report ${event.class}: ${errorChain(error)}`.slice(0, 1024)
    const code = `${event.class}.malformed`
    return { kind: 'finding', finding: { code, severity: 'error', subject: event.class, message } }
  }
}
