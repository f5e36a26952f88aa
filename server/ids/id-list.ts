/**
 * Names by id, out of one of the lists that Debian's packages `pci.ids` and `usb.ids` bring. Keys are
 * lower-case hex digits: `8086`, `8086:1533`, `8086:1533:15d9:1533` of a subsystem; classes are
 * `class 02`, `class 0200`, `class 020000`.
 */
export type IdList = ReadonlyMap<string, string>

/** A list of nothing: without one every name is null, and the ids say what they are. */
export const noIds: IdList = new Map()

const indents = /^\t*/

/**
 * Parses the common format of both lists: an entry a line, two spaces between id and name, what
 * belongs to an entry under it with one more tab. Lines in no such form, and the lists of other things
 * behind the classes of usb.ids, are left out.
 */
export function parseIdList(text: string): IdList {
  const names = new Map<string, string>()
  /** Keys of the entries that the next line may belong to, by depth; null: of no list we know. */
  let parents: readonly (string | null)[] = []
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const depth = indents.exec(line)?.[0].length ?? 0
    const parent = depth === 0 ? '' : (parents[depth - 1] ?? null)
    const entry = parent === null ? null : entryOf(line.slice(depth), parent)
    const key = entry === null ? null : `${parent}${entry.id}`
    if (key !== null && entry !== null) names.set(key, entry.name)
    parents = [...parents.slice(0, depth), key]
  }
  return names
}

/** An entry under `parent`, the empty one at the top. */
function entryOf(
  line: string,
  parent: string,
): { readonly id: string; readonly name: string } | null {
  const [, isClass, digits = '', second, text = ''] =
    /^(C )?([0-9a-f]{2}|[0-9a-f]{4})(?: ([0-9a-f]{4}))?  +(\S.*)$/i.exec(line) ?? []
  const id = digits.toLowerCase()
  const name = text.trim()
  if (isClass !== undefined)
    return parent === '' && id.length === 2 ? { id: `class ${id}`, name } : null
  // Under a class two digits follow each other; vendors, devices and subsystems have four.
  if (parent.startsWith('class')) return id.length === 2 ? { id, name } : null
  if (id.length !== 4) return null
  if (parent === '') return second === undefined ? { id, name } : null
  return { id: second === undefined ? `:${id}` : `:${id}:${second.toLowerCase()}`, name }
}
