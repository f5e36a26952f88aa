import type { z } from 'zod'
import { type Constraint, understandConstraint } from './request/constraint.ts'
import { type Hardware, type HardwareReading, understandHardware } from './request/hardware.ts'
import { type Lease, understandLease } from './request/lease.ts'
import { requestLimits } from './request/limits.ts'
import { addIssue, Problems } from './request/problems.ts'
import { noProfiles, type ProfileLookup } from './request/profile.ts'
import { readYaml } from './request/read-yaml.ts'
import { requestFields, requestInputSchema, type RoleInput } from './request/schema.ts'

/** Machines of a role: at least `min`, and up to `max` where they can be had. */
export interface CountRange {
  readonly min: number
  readonly max: number
}

/** One way to fill a role. */
export interface RoleChoice extends Hardware {
  readonly count: CountRange
}

export interface Role extends RoleChoice {
  readonly name: string
  readonly machines: MachineSelection
  /** Tried in order where the role as it stands finds no machines. */
  readonly alternatives: readonly RoleChoice[]
}

/** Machines by id. `include` null: all; otherwise only these. `exclude` wins. */
export interface MachineSelection {
  readonly include: readonly string[] | null
  readonly exclude: readonly string[]
}

/** A request as it was understood: names resolved, quantities exact, shorthand unfolded. */
export interface Request {
  readonly roles: readonly Role[]
  readonly constraints: readonly Constraint[]
  readonly security: {
    readonly attested: 'required' | 'preferred' | 'any'
    /** Null: as the site does. */
    readonly erase: 'clear' | 'purge' | null
  }
  readonly lease: Lease
  /** Null: no image is written. Version null: the newest. */
  readonly image: { readonly name: string; readonly version: string | null } | null
  readonly labels: Readonly<Record<string, string>>
}

/**
 * Reads a request. Profiles are looked up, and are part of the answer then.
 * What it answers is taken again, in its canonical form and by itself.
 * @throws {AppError} `unprocessable`, with everything that is wrong in `details.problems`
 */
export function parseRequest(input: unknown, profiles: ProfileLookup = noProfiles): Request {
  const problems = new Problems()
  const shaped = requestInputSchema.safeParse(input)
  if (!shaped.success) {
    for (const issue of shaped.error.issues) addIssue(problems, issue, requestFields)
    throw problems.refusal()
  }
  const request = understand(shaped.data, { problems, clauses: 0, profiles })
  if (!problems.empty) throw problems.refusal()
  return request
}

/**
 * Reads a request from YAML or JSON text.
 * @throws {AppError} `unprocessable`, as {@link parseRequest} or with the lines that cannot be read
 */
export function parseRequestText(source: string, profiles: ProfileLookup = noProfiles): Request {
  return parseRequest(readYaml(source, 'the request'), profiles)
}

type Shaped = z.output<typeof requestInputSchema>

function understand(input: Shaped, reading: HardwareReading): Request {
  const { problems } = reading
  const names = input.roles.map((role) => role.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) problems.add('roles', `two roles have the name '${twice}'`)
  const combinations = input.roles.reduce(
    (product, role) => product * (1 + (role.alternatives?.length ?? 0)),
    1,
  )
  if (combinations > requestLimits.combinations) {
    const most = requestLimits.combinations
    problems.add('roles', `have ${combinations} combinations of alternatives; ${most} is the most`)
  }
  const [name = '', version = null] = input.image?.split('@') ?? []
  return {
    roles: input.roles.map((role, index) =>
      understandRole(role, input.machines, `roles[${index}]`, reading),
    ),
    constraints: (input.constraints ?? []).map((constraint, index) =>
      understandConstraint(constraint, names, `constraints[${index}]`, problems),
    ),
    security: {
      attested: input.security?.attested ?? 'any',
      erase: input.security?.erase ?? null,
    },
    lease: understandLease(input.lease, problems),
    image: input.image === undefined ? null : { name, version },
    labels: input.labels ?? {},
  }
}

function understandRole(
  role: RoleInput,
  common: RoleInput['machines'],
  path: string,
  reading: HardwareReading,
): Role {
  const own = understandChoice(role, path, reading)
  const alternatives = (role.alternatives ?? []).map((alternative, index) => {
    const { profile = role.profile, match = role.match, prefer = role.prefer } = alternative
    return understandChoice(
      {
        count: alternative.count ?? role.count,
        ...(profile === undefined ? {} : { profile }),
        ...(match === undefined ? {} : { match }),
        ...(prefer === undefined ? {} : { prefer }),
      },
      `${path}.alternatives[${index}]`,
      reading,
    )
  })
  const machines = selection(role.machines, common)
  if (machines.exclude.length > requestLimits.machines) {
    const most = requestLimits.machines
    const message = `exclude ${machines.exclude.length} with those of all roles; ${most} is the most`
    reading.problems.add(`${path}.machines`, message)
  }
  if (machines.include?.length === 0) {
    reading.problems.add(`${path}.machines`, 'no machine is included both here and for all roles')
  }
  return { name: role.name, ...own, machines, alternatives }
}

function understandChoice(
  input: Pick<RoleInput, 'count' | 'profile' | 'match' | 'prefer'>,
  path: string,
  reading: HardwareReading,
): RoleChoice {
  const { count } = input
  const range = typeof count === 'number' ? { min: count, max: count } : count
  if (range.min > range.max) {
    reading.problems.add(`${path}.count`, `min ${range.min} is more than max ${range.max}`)
  }
  const { match, prefer } = understandHardware(input, path, reading)
  return { count: range, match, prefer }
}

/** Both must hold: the selection of a role, and that of the whole request. */
function selection(own: RoleInput['machines'], common: RoleInput['machines']): MachineSelection {
  const [first, second] = [own?.include, common?.include]
  const include =
    first === undefined || second === undefined
      ? (first ?? second ?? null)
      : first.filter((id) => second.includes(id))
  const exclude = [...new Set([...(own?.exclude ?? []), ...(common?.exclude ?? [])])]
  return {
    include: include === null ? null : [...new Set(include)].toSorted(),
    exclude: exclude.toSorted(),
  }
}
