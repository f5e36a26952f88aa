import type { Request, RoleChoice } from '../request.ts'
import { type ConstraintJson, constraintToJson } from './constraint.ts'
import { expressionToJson, type MatchJson } from './expression.ts'
import { type LeaseJson, leaseToJson } from './lease.ts'

/** The request in its canonical written form; `parseRequest` reads it back as it was. */
export function requestToJson(request: Request): RequestJson {
  const { lease, image, security } = request
  return {
    roles: request.roles.map((role) => {
      const { include, exclude } = role.machines
      return {
        name: role.name,
        ...choiceToJson(role),
        ...(include === null && exclude.length === 0
          ? {}
          : { machines: { ...(include === null ? {} : { include }), exclude } }),
        ...(role.alternatives.length === 0
          ? {}
          : { alternatives: role.alternatives.map(choiceToJson) }),
      }
    }),
    constraints: request.constraints.map(constraintToJson),
    ...(security.attested === 'any' && security.erase === null
      ? {}
      : {
          security: {
            attested: security.attested,
            ...(security.erase === null ? {} : { erase: security.erase }),
          },
        }),
    lease: leaseToJson(lease),
    ...(image === null
      ? {}
      : { image: image.version === null ? image.name : `${image.name}@${image.version}` }),
    labels: request.labels,
  }
}

/** See {@link requestToJson}. Plain JSON. */
export interface RequestJson {
  readonly roles: readonly RoleJson[]
  readonly constraints: readonly ConstraintJson[]
  readonly security?: { readonly attested: string; readonly erase?: string }
  readonly lease: LeaseJson
  readonly image?: string
  readonly labels: Readonly<Record<string, string>>
}

export interface ChoiceJson {
  readonly count: number | { readonly min: number; readonly max: number }
  readonly match: MatchJson
  readonly prefer: readonly {
    readonly attribute: string
    readonly order: 'high' | 'low'
    readonly weight: number
  }[]
}

export interface RoleJson extends ChoiceJson {
  readonly name: string
  readonly machines?: { readonly include?: readonly string[]; readonly exclude: readonly string[] }
  readonly alternatives?: readonly ChoiceJson[]
}

function choiceToJson({ count, match, prefer }: RoleChoice): ChoiceJson {
  return {
    count: count.min === count.max ? count.min : { min: count.min, max: count.max },
    match: expressionToJson(match),
    prefer: prefer.map(({ attribute, order, weight }) => ({
      attribute: attribute.name,
      order,
      weight,
    })),
  }
}
