import type { Json } from '../../canonical.ts'
import { DecodeError } from '../../errors.ts'
import type { CelNode } from './syntax.ts'

/**
 * The value of an expression without attributes, as JSON: numbers of int64 and uint64 beyond what
 * JSON holds exactly as decimal text. `quantity("1.5Ti")` and `semver("1.2")` are their text.
 * Undefined for what is no constant.
 * @throws {DecodeError} for arithmetic that has no result, as in CEL
 */
export function constantOf(node: CelNode): Json | undefined {
  const folded = fold(node)
  if (typeof folded !== 'bigint') return folded
  const exact = folded >= -maxExact && folded <= maxExact
  return exact ? Number(folded) : String(folded)
}

const maxExact = BigInt(Number.MAX_SAFE_INTEGER)
const maxUint64 = (1n << 64n) - 1n
const minInt64 = -(1n << 63n)

function fold(node: CelNode): Json | bigint | undefined {
  if (node.kind === 'literal') {
    const { value } = node
    return value !== null && typeof value === 'object' ? value.double : value
  }
  if (node.kind === 'unary' && node.operator === '-') {
    const of = fold(node.of)
    if (typeof of === 'bigint') return inRange(-of)
    return typeof of === 'number' ? -of : undefined
  }
  if (node.kind === 'call' && node.on === null && texts.has(node.name)) {
    const [argument] = node.args
    const value = argument === undefined || node.args.length > 1 ? undefined : fold(argument)
    return typeof value === 'string' ? value : undefined
  }
  return node.kind === 'binary' ? foldArithmetic(node) : undefined
}

const texts: ReadonlySet<string> = new Set(['quantity', 'semver'])

function foldArithmetic(node: Extract<CelNode, { kind: 'binary' }>): Json | bigint | undefined {
  const left = fold(node.left)
  const right = fold(node.right)
  if (typeof left === 'string' && typeof right === 'string' && node.operator === '+') {
    return left + right
  }
  if (typeof left !== 'bigint' || typeof right !== 'bigint') return undefined
  switch (node.operator) {
    case '+':
      return inRange(left + right)
    case '-':
      return inRange(left - right)
    case '*':
      return inRange(left * right)
    case '/':
    case '%':
      if (right === 0n) throw new DecodeError('CEL: a number is divided by zero')
      return inRange(node.operator === '/' ? left / right : left % right)
    default:
      return undefined
  }
}

function inRange(value: bigint): bigint {
  if (value >= minInt64 && value <= maxUint64) return value
  throw new DecodeError('CEL: a number is beyond 64 bits')
}
