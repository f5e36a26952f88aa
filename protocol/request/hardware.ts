import type { AttributeInfo } from '../attributes/definition.ts'
import { nearestName } from '../attributes/nearest.ts'
import { findAttribute, nearestAttribute } from '../attributes.ts'
import { findContradiction } from './contradiction.ts'
import { allOf, type Expression, extentOf } from './expression.ts'
import { requestLimits } from './limits.ts'
import { parseMatch, type Reading } from './parse-match.ts'
import type { Problems } from './problems.ts'
import { type ProfileLookup, resolveProfile } from './profile.ts'
import type { HardwareInput, PreferenceInput } from './schema.ts'

/** What a machine must be, and what it had better be. */
export interface Hardware {
  readonly match: Expression
  readonly prefer: readonly Preference[]
}

export interface Preference {
  readonly attribute: AttributeInfo
  readonly order: 'high' | 'low'
  readonly weight: number
}

/** What the reading of a request needs besides its text. */
export interface HardwareReading extends Reading {
  readonly profiles: ProfileLookup
}

/** No conditions: every machine. */
export const anyMachine: Expression = { kind: 'and', of: [] }

/**
 * Reads conditions and preferences: those of the profile and of all it extends hold beside the own
 * ones; of two preferences for one attribute the nearest wins. Contradictions are problems.
 */
export function understandHardware(
  input: HardwareInput,
  path: string,
  reading: HardwareReading,
): Hardware {
  const { problems } = reading
  const before = reading.clauses
  const inherited =
    input.profile === undefined
      ? []
      : resolveProfile(input.profile, reading.profiles, `${path}.profile`, problems)
  const conditions = [
    ...inherited.map((profile) => ({
      match: profile.match,
      at: `${path}.profile ${profile.name}@${profile.version}`,
    })),
    { match: input.match, at: `${path}.match` },
  ]
  const parts = conditions.flatMap(({ match, at }) => {
    const parsed = match === undefined ? anyMachine : parseMatch(match, at, reading)
    return parsed === null ? [] : [parsed]
  })
  const match = allOf(parts)
  checkExtent(match, before, `${path}.match`, reading)
  const contradiction = findContradiction(match)
  if (contradiction !== null) problems.add(`${path}.match`, contradiction)
  const prefer = new Map<string, Preference>()
  for (const source of [...inherited.map((profile) => profile.prefer), input.prefer]) {
    for (const preference of understandPreferences(source ?? [], `${path}.prefer`, problems)) {
      prefer.set(preference.attribute.name, preference)
    }
  }
  if (prefer.size > requestLimits.prefer) {
    const found = `has ${prefer.size} preferences with those of its profiles`
    problems.add(`${path}.prefer`, `${found}; ${requestLimits.prefer} is the most`)
  }
  return { match, prefer: [...prefer.values()] }
}

/**
 * What conditions unfold into is kept and read again, and answered by: it has the limits of what is
 * written. `before`: conditions of the request before these.
 */
function checkExtent(
  match: Expression,
  before: number,
  path: string,
  reading: HardwareReading,
): void {
  const { clauses, depth } = extentOf(match)
  if (depth > requestLimits.depth) {
    reading.problems.add(path, `unfolds into more than ${requestLimits.depth} levels`)
  }
  if (reading.clauses > requestLimits.clauses) return
  reading.clauses = Math.max(reading.clauses, before + clauses)
  if (reading.clauses <= requestLimits.clauses) return
  reading.problems.add(path, `unfolds into more than ${requestLimits.clauses} conditions`)
}

function understandPreferences(
  input: readonly PreferenceInput[],
  path: string,
  problems: Problems,
): readonly Preference[] {
  return input.flatMap(({ attribute: name, order, weight = 1 }, index) => {
    const attribute = orderable(name, `${path}[${index}]`, problems)
    return attribute === null ? [] : [{ attribute, order, weight }]
  })
}

/** An attribute whose values have an order to prefer by. */
function orderable(name: string, path: string, problems: Problems): AttributeInfo | null {
  const info = findAttribute(name)
  if (info === null) {
    const near = nearestAttribute(name)
    const hint = near === null ? '' : `; did you mean '${near}'`
    problems.add(path, `there is no attribute '${name.slice(0, 64)}'${hint}`)
    return null
  }
  if (isOrderable(info)) return info
  problems.add(
    path,
    `${name} is a ${info.type}; only numbers, quantities and bools are preferred by`,
  )
  return null
}

/** Whether its values have an order that is worth something. */
export function isOrderable({ type }: AttributeInfo): boolean {
  return type === 'int' || type === 'quantity' || type === 'bool'
}

/** The sentence for a name that is none of `names`. */
export function unknownName(noun: string, name: string, names: readonly string[]): string {
  const near = nearestName(name, names)
  return `there is no ${noun} '${name.slice(0, 64)}'${near === null ? '' : `; did you mean '${near}'`}`
}
