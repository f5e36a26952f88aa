/** A CEL expression as it was read. */
export type CelNode = CelForm & {
  /** Where it begins in the text; from 0. */
  readonly at: number
}

/** A part of an expression. Comparisons, arithmetic and `in` are `binary`. */
export type CelForm =
  | {
      readonly kind: 'literal'
      readonly value: string | bigint | boolean | null | { readonly double: number }
    }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'select'; readonly of: CelNode; readonly field: string }
  | { readonly kind: 'index'; readonly of: CelNode; readonly key: CelNode }
  | {
      readonly kind: 'call'
      readonly name: string
      /** Null for a function, `size(disks)`. */
      readonly on: CelNode | null
      readonly args: readonly CelNode[]
    }
  | { readonly kind: 'list'; readonly items: readonly CelNode[] }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly of: CelNode }
  | {
      readonly kind: 'binary'
      readonly operator: CelOperator
      readonly left: CelNode
      readonly right: CelNode
    }
  | {
      readonly kind: 'choice'
      readonly when: CelNode
      readonly chosen: CelNode
      readonly otherwise: CelNode
    }

export const celOperators = [
  '||',
  '&&',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  '+',
  '-',
  '*',
  '/',
  '%',
] as const
export type CelOperator = (typeof celOperators)[number]

/** The expression as it might be written, for error texts. */
export function celText(node: CelNode): string {
  switch (node.kind) {
    case 'literal':
      if (typeof node.value === 'bigint') return String(node.value)
      return node.value !== null && typeof node.value === 'object'
        ? String(node.value.double)
        : JSON.stringify(node.value)
    case 'name':
      return node.name
    case 'select':
      return `${celText(node.of)}.${node.field}`
    case 'index':
      return `${celText(node.of)}[${celText(node.key)}]`
    case 'call':
      return `${node.on === null ? '' : `${celText(node.on)}.`}${node.name}(${node.args.map(celText).join(', ')})`
    case 'list':
      return `[${node.items.map(celText).join(', ')}]`
    case 'unary':
      return `${node.operator}${celText(node.of)}`
    case 'binary':
      return `${celText(node.left)} ${node.operator} ${celText(node.right)}`
    case 'choice':
      return `${celText(node.when)} ? ${celText(node.chosen)} : ${celText(node.otherwise)}`
  }
}
