import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { Explanation } from '../../protocol/explanation.ts'
import { parseRequest, parseRequestText } from '../../protocol/request.ts'
import type { Domain } from '../domain.ts'
import { leafByRailIn } from '../fabric/leaf-by-rail.ts'
import type { CandidateAvailability, RailDomains } from '../matching/candidate.ts'
import { match } from '../matching/match.ts'
import { readProfiles } from '../profiles/profile-book.ts'
import type { MachineRecord } from '../store/records.ts'

/**
 * What a request would get if the imported machines were free, beside the real ones as they are. It
 * is a question of its own and no dry run: a dry run answers what the request itself would be
 * answered, and that never includes a machine that nobody can vouch for. Throws `unprocessable` for
 * a request that is none.
 */
export async function matchWithImported(
  { store, views }: Pick<Domain, 'store' | 'views'>,
  input: unknown,
): Promise<Explanation> {
  const profiles = await readProfiles(store)
  const request =
    typeof input === 'string' ? parseRequestText(input, profiles) : parseRequest(input, profiles)
  const machines = await store.machines()
  const candidates = await Promise.all(
    machines.map(async (machine) => {
      const attributes = await views.attributes(machine)
      const availability = availabilityOf(machine)
      return { id: machine.id, attributes, availability, links: linksOf(attributes) }
    }),
  )
  return match(request, candidates).explanation
}

/** Its leaf on each rail, where its rails are known. */
function linksOf(attributes: AttributeValues): ReadonlyMap<string, RailDomains> {
  const leaves = [...leafByRailIn(attributes)].map(([rail, leaf]) => [String(rail), leaf] as const)
  return leaves.length === 0 ? new Map() : new Map([['leaf', new Map(leaves)]])
}

function availabilityOf({ flags, state, allocationId }: MachineRecord): CandidateAvailability {
  // Nothing but its origin keeps it from being schedulable: `maintenance` still would.
  const [flag] = flags.filter((one) => one !== 'imported')
  if (flag !== undefined) return { kind: 'unschedulable', reason: flag }
  if (flags.length > 0 || state === 'available') return { kind: 'free' }
  if (state === 'error') return { kind: 'unschedulable', reason: 'error' }
  const by = allocationId === null ? state : `allocation ${allocationId}`
  return { kind: 'held', by, untilMs: null }
}
