import type { Explanation } from '../../protocol/explanation.ts'
import { parseRequest, parseRequestText } from '../../protocol/request.ts'
import { readProfiles } from '../profiles/profile-book.ts'
import type { ProfileStore } from '../store/profile-store.ts'
import type { FleetWithImported } from './fleet-with-imported.ts'

/**
 * What a request would get if the imported machines were free, beside the real ones as they are. It
 * is a question of its own and no dry run: a dry run answers what the request itself would be
 * answered, and that never includes a machine that nobody can vouch for. Throws `unprocessable` for
 * a request that is none.
 */
export async function matchWithImported(
  store: ProfileStore,
  fleet: FleetWithImported,
  input: unknown,
): Promise<Explanation> {
  const profiles = await readProfiles(store)
  const request =
    typeof input === 'string' ? parseRequestText(input, profiles) : parseRequest(input, profiles)
  return fleet.explain(request)
}
