import { DecodeError } from '../errors.ts'

/**
 * A version's numbers: `U30 v2.76` and `2.76` are both `[2, 76]`; null when the text holds no dotted
 * number. Firmware writes versions in many ways, so text around the first dotted number is ignored.
 */
export function parseVersion(text: string): readonly bigint[] | null {
  const dotted = /\d{1,18}(?:\.\d{1,18})+/.exec(text) ?? /\d{1,18}/.exec(text)
  return dotted === null ? null : dotted[0].split('.').map(BigInt)
}

/** Negative, 0 or positive, number by number; a missing number counts as 0. */
export function compareVersions(a: readonly bigint[], b: readonly bigint[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0n) - (b[index] ?? 0n)
    if (difference !== 0n) return difference < 0n ? -1 : 1
  }
  return 0
}

const holds = {
  '>=': (order: number) => order >= 0,
  '>': (order: number) => order > 0,
  '<=': (order: number) => order <= 0,
  '<': (order: number) => order < 0,
  '=': (order: number) => order === 0,
}

interface Bound {
  readonly operator: keyof typeof holds
  readonly version: readonly bigint[]
}

/** Alternatives, each a list of bounds that must all hold. */
export type VersionRange = readonly (readonly Bound[])[]

/**
 * A range as npm writes them: `>=1.2 <2`, `^1.4`, `~1.4.2`, `1.2 || >=3`. Versions may have any
 * number of parts.
 * @throws {DecodeError} when it is no range
 */
export function parseVersionRange(text: string): VersionRange {
  return text.split('||').map((alternative) => {
    const words = alternative
      .trim()
      .replaceAll(/(>=|<=|[<>=^~])\s+/g, '$1')
      .split(/\s+/)
    return words.flatMap((word) => parseBound(word, text))
  })
}

/** Whether a version lies in a range. */
export function versionInRange(version: readonly bigint[], range: VersionRange): boolean {
  return range.some((bounds) =>
    bounds.every((bound) => holds[bound.operator](compareVersions(version, bound.version))),
  )
}

function parseBound(word: string, range: string): readonly Bound[] {
  const parts = /^(>=|<=|[<>=^~])?v?(\d{1,18}(?:\.\d{1,18})*)$/.exec(word)
  const [, operator = '=', dotted = ''] = parts ?? []
  if (parts === null) {
    throw new DecodeError(`'${range}' is no version range; write one such as '>=1.2 <2'`)
  }
  const version = dotted.split('.').map(BigInt)
  switch (operator) {
    case '^':
      return [
        { operator: '>=', version },
        { operator: '<', version: raised(version, firstSet(version)) },
      ]
    case '~':
      return [
        { operator: '>=', version },
        { operator: '<', version: raised(version, 1) },
      ]
    case '>=':
    case '>':
    case '<=':
    case '<':
      return [{ operator, version }]
    default:
      return [{ operator: '=', version }]
  }
}

/** `^` keeps the leftmost number that is not zero. */
function firstSet(version: readonly bigint[]): number {
  const index = version.findIndex((part) => part !== 0n)
  return index === -1 ? version.length - 1 : index
}

/** The version with the number at `index` (or the last one before it) raised, the rest cut off. */
function raised(version: readonly bigint[], index: number): readonly bigint[] {
  const at = Math.min(index, version.length - 1)
  return [...version.slice(0, at), (version[at] ?? 0n) + 1n]
}
