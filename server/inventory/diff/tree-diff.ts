/** One step from the facts of a class down to a value: a field, or an item of a list. */
export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | {
      readonly kind: 'item'
      /** What the item is told apart by. */
      readonly key: string
      /** Its place in the list it was found in, the later one where both have it. */
      readonly index: number
      readonly item: unknown
    }

/** A place where two trees differ. `before` and `after` are undefined for what is not there. */
export interface TreeChange {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly steps: readonly Step[]
  readonly before: unknown
  readonly after: unknown
}

/** How the items of a list are told apart. */
export interface ListRule {
  /** Null: the item has nothing of its own and is told apart by its place. */
  readonly key: (item: Fields) => string | null
  /**
   * Paths of fields that tell items apart better than {@link key}. The first that every item of both
   * lists has, each its own, is taken: one that some lack would take a part told otherwise for another.
   */
  readonly identities?: readonly string[]
  /** False: the item stands for something that is not there, an empty slot. */
  present?(item: Fields): boolean
}

/** An object of a tree. */
export type Fields = Readonly<Record<string, unknown>>

/** What a comparison knows of the trees. Patterns are field names joined by dots, `memory.dimms`. */
export interface TreeRules {
  list(pattern: string): ListRule | null
  ignores(pattern: string): boolean
}

/**
 * Where two trees of JSON differ. Items of lists are matched by what they are and not by their place;
 * lists of plain values are compared whole.
 */
export function diffTrees(
  root: string,
  before: unknown,
  after: unknown,
  rules: TreeRules,
): readonly TreeChange[] {
  const changes: TreeChange[] = []
  walk(root, [], before, after)
  return changes

  function walk(pattern: string, steps: readonly Step[], a: unknown, b: unknown): void {
    if (rules.ignores(pattern) || isSame(a, b)) return
    if (isFields(a) && isFields(b)) return walkFields(pattern, steps, a, b)
    if (Array.isArray(a) && Array.isArray(b)) {
      const rule = rules.list(pattern) ?? guessedRule(a, b)
      if (rule !== null) {
        const key = identityOf(rule, a, b) ?? rule.key
        return walkItems(pattern, steps, keyed(a, { ...rule, key }), keyed(b, { ...rule, key }))
      }
    }
    const kind = a === undefined ? 'added' : b === undefined ? 'removed' : 'changed'
    changes.push({ kind, steps, before: a, after: b })
  }

  function walkFields(pattern: string, steps: readonly Step[], a: Fields, b: Fields): void {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      walk(`${pattern}.${name}`, [...steps, { kind: 'field', name }], a[name], b[name])
    }
  }

  function walkItems(pattern: string, steps: readonly Step[], a: KeyedItems, b: KeyedItems): void {
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      const [old, now] = [a.get(key), b.get(key)]
      const { index, item } = now ?? old ?? { index: 0, item: undefined }
      walk(pattern, [...steps, { kind: 'item', key, index, item }], old?.item, now?.item)
    }
  }
}

/** True for an object that is no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type KeyedItems = ReadonlyMap<string, { readonly index: number; readonly item: unknown }>

function keyed(items: readonly unknown[], rule: ListRule): KeyedItems {
  const found = new Map<string, { readonly index: number; readonly item: unknown }>()
  for (const [index, item] of items.entries()) {
    if (!isFields(item) || rule.present?.(item) === false) continue
    const own = rule.key(item) ?? `#${index}`
    let key = own
    for (let again = 2; found.has(key); again++) key = `${own} #${again}`
    found.set(key, { index, item })
  }
  return found
}

/** Null where no identity is every item's own. */
function identityOf(
  { identities = [] }: ListRule,
  a: readonly unknown[],
  b: readonly unknown[],
): ListRule['key'] | null {
  const path = identities.find((one) =>
    [a, b].every((items) => {
      const values = items.map((item) => (isFields(item) ? fieldAt(item, one) : null))
      return values.every((value) => value !== null) && new Set(values).size === items.length
    }),
  )
  return path === undefined ? null : (item) => fieldAt(item, path)
}

function fieldAt(item: Fields, path: string): string | null {
  let value: unknown = item
  for (const name of path.split('.')) value = isFields(value) ? value[name] : null
  return typeof value === 'string' ? value : null
}

/** Fields that tell the items of a list apart where no rule is written, in the order of their worth. */
const guessedKeys = ['id', 'address', 'path', 'name', 'number', 'index', 'handle'] as const

/** Null for a list of plain values. */
function guessedRule(a: readonly unknown[], b: readonly unknown[]): ListRule | null {
  const items = [...a, ...b]
  if (items.length === 0 || !items.every(isFields)) return null
  const name = guessedKeys.find((key) => isUnique(a, key) && isUnique(b, key))
  return { key: (item) => (name === undefined ? null : String(item[name])) }
}

function isUnique(items: readonly unknown[], key: string): boolean {
  const values = items.map((item) => (isFields(item) ? item[key] : undefined))
  return (
    values.every((value) => typeof value === 'string' || typeof value === 'number') &&
    new Set(values).size === values.length
  )
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]))
  }
  if (!isFields(a) || !isFields(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => name in b && isSame(a[name], b[name]))
  )
}
