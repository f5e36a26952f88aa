import type { Problems } from './problems.ts'
import type { ConstraintInput } from './schema.ts'
import { unknownName } from './hardware.ts'

/** A condition on the places of machines together. `level` is a label: `rack`, `leaf`. */
export type Constraint =
  /** All machines in one domain of the level. */
  | { readonly kind: 'same'; readonly level: string; readonly roles: readonly string[] }
  /**
   * On every rail, the links of all machines go to one domain of the level. `unknown` says what
   * becomes of machines with a link nobody has seen: refused, or accepted where the rest agrees.
   */
  | {
      readonly kind: 'same-per-rail'
      readonly level: string
      readonly unknown: 'refuse' | 'accept'
      readonly roles: readonly string[]
    }
  /** At most `max` in each domain. */
  | {
      readonly kind: 'spread'
      readonly level: string
      readonly max: number
      readonly roles: readonly string[]
    }
  /** All in one domain of one of the levels, an earlier one before a later one. */
  | {
      readonly kind: 'max-distance'
      readonly levels: readonly string[]
      readonly roles: readonly string[]
    }
  /** In no domain where another tenant holds a machine. */
  | { readonly kind: 'unshared'; readonly level: string; readonly roles: readonly string[] }

/** Reads a constraint over roles of these names. */
export function understandConstraint(
  constraint: ConstraintInput,
  names: readonly string[],
  path: string,
  problems: Problems,
): Constraint {
  const { roles = names } = constraint
  for (const name of roles) {
    if (!names.includes(name)) problems.add(path, unknownName('role', name, names))
  }
  switch (constraint.kind) {
    case 'same': {
      const { level, perRail = false, unknown } = constraint
      if (perRail) return { kind: 'same-per-rail', level, unknown: unknown ?? 'refuse', roles }
      if (unknown !== undefined) problems.add(path, `'unknown' goes with 'perRail: true'`)
      return { kind: 'same', level, roles }
    }
    case 'distinct':
      return { kind: 'spread', level: constraint.level, max: 1, roles }
    case 'spread':
      return { kind: 'spread', level: constraint.level, max: constraint.max, roles }
    case 'max-distance': {
      const { levels, max = levels.length - 1 } = constraint
      if (max >= levels.length) {
        problems.add(path, `'max' ${max} is beyond its ${levels.length} levels`)
      }
      return { kind: 'max-distance', levels: [...new Set(levels.slice(0, max + 1))], roles }
    }
    case 'unshared':
      return { kind: 'unshared', level: constraint.level, roles }
  }
}

/** The canonical written form; {@link understandConstraint} reads it back as it was. */
export function constraintToJson(constraint: Constraint): ConstraintJson {
  const { kind } = constraint
  const roles = [...constraint.roles]
  switch (kind) {
    case 'same-per-rail': {
      const { level, unknown } = constraint
      return { kind: 'same', level, perRail: true, unknown, roles }
    }
    case 'max-distance':
      return { kind, levels: [...constraint.levels], roles }
    case 'spread':
      return { kind, level: constraint.level, max: constraint.max, roles }
    case 'same':
    case 'unshared':
      return { kind, level: constraint.level, roles }
  }
}

/** A {@link Constraint} in the fields of a request. Plain JSON. */
export type ConstraintJson =
  | {
      readonly kind: 'same' | 'unshared'
      readonly level: string
      readonly roles: readonly string[]
    }
  | {
      readonly kind: 'same'
      readonly level: string
      readonly perRail: true
      readonly unknown: 'refuse' | 'accept'
      readonly roles: readonly string[]
    }
  | {
      readonly kind: 'spread'
      readonly level: string
      readonly max: number
      readonly roles: readonly string[]
    }
  | {
      readonly kind: 'max-distance'
      readonly levels: readonly string[]
      readonly roles: readonly string[]
    }

/** The constraint for people: `same rack for a, b`. */
export function constraintText(constraint: Constraint): string {
  const roles = constraint.roles.join(', ')
  switch (constraint.kind) {
    case 'same':
      return `same ${constraint.level} for ${roles}`
    case 'same-per-rail':
      return `same ${constraint.level} on every rail for ${roles}`
    case 'spread':
      return `at most ${constraint.max} in each ${constraint.level} for ${roles}`
    case 'max-distance':
      return constraint.levels.length === 1
        ? `same ${constraint.levels[0]} for ${roles}`
        : `no farther than one ${constraint.levels.at(-1)} for ${roles}`
    case 'unshared':
      return `no other tenant in the ${constraint.level} for ${roles}`
  }
}
