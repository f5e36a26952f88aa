import { DecodeError } from '../../errors.ts'
import { requestLimits } from '../limits.ts'
import { type CelForm, type CelNode, type CelOperator, celOperators } from './syntax.ts'
import { type CelToken, celTokens, refusal } from './tokens.ts'

/**
 * Reads a CEL expression (cel-spec, "Syntax"): everything but messages, maps, bytes and macros with
 * two variables. Bounded in length, nodes, depth and list items.
 * @throws {DecodeError} when it is none, or too large
 */
export function parseCel(source: string): CelNode {
  if (source.length > requestLimits.celLength) {
    throw new DecodeError(`CEL: an expression has at most ${requestLimits.celLength} characters`)
  }
  return new Parser(celTokens(source)).whole()
}

/** Binary operators by how tightly they bind, loosest first. */
const levels: readonly (readonly CelOperator[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
]

class Parser {
  readonly #tokens: readonly CelToken[]
  #position = 0
  #nodes = 0
  #depth = 0

  constructor(tokens: readonly CelToken[]) {
    this.#tokens = tokens
  }

  whole(): CelNode {
    const node = this.#expression()
    const token = this.#next
    if (token.kind !== 'end') throw refusal(`'${shown(token)}' is one word too many`, token.at)
    return node
  }

  get #next(): CelToken {
    return this.#tokens[this.#position] ?? { kind: 'end', at: 0 }
  }

  #expression(): CelNode {
    this.#depth += 1
    if (this.#depth > requestLimits.depth) {
      throw new DecodeError(`CEL: an expression is at most ${requestLimits.depth} levels deep`)
    }
    const when = this.#binary(0)
    if (!this.#accept('?')) {
      this.#depth -= 1
      return when
    }
    const chosen = this.#binary(0)
    this.#expect(':')
    const otherwise = this.#expression()
    this.#depth -= 1
    return this.#node(when.at, { kind: 'choice', when, chosen, otherwise })
  }

  #binary(level: number): CelNode {
    const own = levels[level]
    if (own === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const token = this.#next
      const text = token.kind === 'sign' || token.kind === 'name' ? token.text : ''
      const operator = celOperators.find((candidate) => candidate === text)
      if (operator === undefined || !own.includes(operator)) return left
      this.#position += 1
      const right = this.#binary(level + 1)
      left = this.#node(left.at, { kind: 'binary', operator, left, right })
    }
  }

  #unary(): CelNode {
    const signs: ('!' | '-')[] = []
    const { at } = this.#next
    for (;;) {
      const sign = this.#accept('!') ? '!' : this.#accept('-') ? '-' : null
      if (sign === null) break
      if (signs.length > 0 && signs.at(-1) !== sign) {
        throw refusal(`'!' and '-' do not go together`, this.#next.at)
      }
      signs.push(sign)
      if (signs.length > requestLimits.depth) throw refusal('too many signs', this.#next.at)
    }
    let node = this.#member()
    for (const operator of signs.toReversed()) {
      node = this.#node(at, { kind: 'unary', operator, of: node })
    }
    return node
  }

  #member(): CelNode {
    let node = this.#primary()
    for (;;) {
      if (this.#accept('.')) {
        const field = this.#name()
        node = this.#accept('(')
          ? this.#node(node.at, { kind: 'call', name: field, on: node, args: this.#list(')') })
          : this.#node(node.at, { kind: 'select', of: node, field })
      } else if (this.#accept('[')) {
        const key = this.#expression()
        this.#expect(']')
        node = this.#node(node.at, { kind: 'index', of: node, key })
      } else {
        return node
      }
    }
  }

  #primary(): CelNode {
    const token = this.#next
    this.#position += 1
    switch (token.kind) {
      case 'string':
      case 'int':
        return this.#node(token.at, { kind: 'literal', value: token.value })
      case 'double':
        return this.#node(token.at, { kind: 'literal', value: { double: token.value } })
      case 'name':
        return this.#word(token.text, token.at)
      case 'sign':
        return this.#bracket(token)
      case 'end':
        throw refusal('the expression ends too early', token.at)
    }
  }

  #word(text: string, at: number): CelNode {
    if (text === 'true' || text === 'false') {
      return this.#node(at, { kind: 'literal', value: text === 'true' })
    }
    if (text === 'null') return this.#node(at, { kind: 'literal', value: null })
    if (!this.#accept('(')) return this.#node(at, { kind: 'name', name: text })
    return this.#node(at, { kind: 'call', name: text, on: null, args: this.#list(')') })
  }

  #bracket(token: Extract<CelToken, { kind: 'name' | 'sign' }>): CelNode {
    if (token.text === '[') return this.#node(token.at, { kind: 'list', items: this.#list(']') })
    if (token.text === '(') {
      const inner = this.#expression()
      this.#expect(')')
      return inner
    }
    if (token.text === '{') throw refusal('maps and messages are not understood', token.at)
    throw refusal(`'${token.text}' is out of place`, token.at)
  }

  #list(closing: string): readonly CelNode[] {
    const items: CelNode[] = []
    while (!this.#accept(closing)) {
      if (items.length > 0) this.#expect(',')
      // A comma may stand after the last item of a list.
      if (closing === ']' && items.length > 0 && this.#accept(closing)) break
      items.push(this.#expression())
      if (items.length > requestLimits.listLength) {
        throw new DecodeError(`CEL: a list has at most ${requestLimits.listLength} items`)
      }
    }
    return items
  }

  #name(): string {
    const token = this.#next
    if (token.kind !== 'name') throw refusal('a name is missing', token.at)
    this.#position += 1
    return token.text
  }

  #accept(text: string): boolean {
    const token = this.#next
    if (token.kind !== 'sign' || token.text !== text) return false
    this.#position += 1
    return true
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw refusal(`'${text}' is missing`, this.#next.at)
  }

  #node(at: number, form: CelForm): CelNode {
    this.#nodes += 1
    if (this.#nodes > requestLimits.celNodes) {
      throw new DecodeError(`CEL: an expression has at most ${requestLimits.celNodes} parts`)
    }
    return { ...form, at }
  }
}

function shown(token: CelToken): string {
  switch (token.kind) {
    case 'end':
      return 'the end'
    case 'name':
    case 'sign':
      return token.text
    case 'string':
    case 'int':
    case 'double':
      return String(token.value)
  }
}
