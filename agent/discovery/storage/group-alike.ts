/** Puts names together that have the same value, in the order of the first of each. */
export function groupAlike<T>(
  items: readonly { readonly name: string; readonly value: T }[],
): readonly { readonly names: string[]; readonly value: T }[] {
  const groups = new Map<string, { readonly names: string[]; readonly value: T }>()
  for (const { name, value } of items) {
    const key = JSON.stringify(value)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { names: [name], value })
    else known.names.push(name)
  }
  return [...groups.values()]
}
