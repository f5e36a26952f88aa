import { nearestName } from '../attributes/nearest.ts'
import { requestLimits } from './limits.ts'
import { addIssue, Problems } from './problems.ts'
import { type ProfileInput, profileInputSchema, requestFields } from './schema.ts'

/** The profiles that there are. */
export interface ProfileLookup {
  /** Version null is the newest. Null: there is none. */
  find(name: string, version: string | null): ProfileInput | null
  /** For "did you mean". */
  readonly names: readonly string[]
}

export const noProfiles: ProfileLookup = { find: () => null, names: [] }

/**
 * Reads a profile's form. Its conditions are read, and checked, where a request uses it.
 * @throws {AppError} `unprocessable`, with everything that is wrong in `details.problems`
 */
export function parseProfile(input: unknown): ProfileInput {
  const problems = new Problems('the profile')
  const shaped = profileInputSchema.safeParse(input)
  if (shaped.success) return shaped.data
  for (const issue of shaped.error.issues) addIssue(problems, issue, requestFields)
  throw problems.refusal()
}

/** A lookup over some profiles; the last one of a name is its newest. */
export function profilesByName(profiles: readonly ProfileInput[]): ProfileLookup {
  return {
    find: (name, version) =>
      profiles.findLast(
        (profile) => profile.name === name && (version === null || profile.version === version),
      ) ?? null,
    names: [...new Set(profiles.map(({ name }) => name))],
  }
}

/**
 * A profile and all it extends, each once, what is extended first. Missing ones, circles and chains
 * that are too long are problems. Pure: the lookup decides what a name without version means.
 */
export function resolveProfile(
  reference: string,
  lookup: ProfileLookup,
  path: string,
  problems: Problems,
): readonly ProfileInput[] {
  const resolved = new Map<string, ProfileInput>()
  const open: string[] = []
  const visit = (wanted: string): void => {
    const [name = '', version = null] = wanted.split('@')
    const profile = lookup.find(name, version)
    if (profile === null) return problems.add(path, nobody(name, version, lookup))
    const key = `${profile.name}@${profile.version}`
    if (resolved.has(key)) return undefined
    if (open.includes(key)) {
      return problems.add(path, `profile '${key}' extends itself: ${[...open, key].join(' -> ')}`)
    }
    if (open.length + resolved.size >= requestLimits.profiles) {
      return problems.add(path, `extends more than ${requestLimits.profiles} profiles`)
    }
    open.push(key)
    for (const parent of profile.extends ?? []) visit(parent)
    open.pop()
    resolved.set(key, profile)
    return undefined
  }
  visit(reference)
  return [...resolved.values()]
}

/** The sentence for a profile that there is not. */
function nobody(name: string, version: string | null, profiles: ProfileLookup): string {
  const newest = version === null ? null : profiles.find(name, null)
  if (newest !== null) {
    return `profile '${name}' has no version '${version}'; its newest is '${newest.version}'`
  }
  const near = nearestName(name, profiles.names)
  return `there is no profile '${name}'${near === null ? '' : `; did you mean '${near}'`}`
}
