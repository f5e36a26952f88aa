import { understandHardware } from '../../protocol/request/hardware.ts'
import { Problems } from '../../protocol/request/problems.ts'
import { type ProfileLookup, resolveProfile } from '../../protocol/request/profile.ts'
import type { ProfileInput } from '../../protocol/request/schema.ts'

/**
 * Whether a profile may be put beside others: its own conditions, all that it extends, and every
 * profile that extends it by name must still be understood with it.
 * @throws {AppError} `unprocessable`, with everything that is wrong in `details.problems`
 */
export function checkProfile(candidate: ProfileInput, others: ProfileLookup): void {
  const { name, version } = candidate
  const problems = new Problems(`profile '${name}'`)
  const profiles: ProfileLookup = {
    find: (wanted, wantedVersion) =>
      wanted === name && (wantedVersion === null || wantedVersion === version)
        ? candidate
        : others.find(wanted, wantedVersion),
    names: [...others.names.filter((other) => other !== name), name],
  }
  checkGangs(candidate, problems)
  checkHardware(candidate, profiles, problems)
  if (!problems.empty) throw problems.refusal()
  // All that it extends is good by itself: what is wrong now is that it does not go together.
  checkWhole(`${name}@${version}`, '', profiles, problems)
  for (const other of others.names) {
    if (other === name) continue
    const chain = resolveProfile(other, profiles, `profile '${other}' that extends it`, problems)
    if (!chain.includes(candidate)) continue
    checkWhole(other, `profile '${other}' that extends it`, profiles, problems)
  }
  if (!problems.empty) throw problems.refusal()
}

function checkHardware(
  { match, prefer, extends: parents = [] }: ProfileInput,
  profiles: ProfileLookup,
  problems: Problems,
): void {
  const own = {
    ...(match === undefined ? {} : { match }),
    ...(prefer === undefined ? {} : { prefer }),
  }
  understandHardware(own, 'profile', { problems, clauses: 0, profiles })
  for (const [at, parent] of parents.entries()) {
    resolveProfile(parent, profiles, `extends[${at}]`, problems)
  }
}

function checkWhole(
  reference: string,
  path: string,
  profiles: ProfileLookup,
  problems: Problems,
): void {
  understandHardware({ profile: reference }, path, { problems, clauses: 0, profiles })
}

function checkGangs({ gangs = [] }: ProfileInput, problems: Problems): void {
  for (const [at, { level, perRail = false }] of gangs.entries()) {
    if (perRail && level === undefined) {
      problems.add(`gangs[${at}].perRail`, "wants a level, such as 'leaf'")
    }
  }
}
