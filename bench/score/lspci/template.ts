/** What a capability says, by field, as our decoder gives it. */
export type Fields = { readonly [name: string]: unknown }

/** How values are spelled, by the name of the map; `*` stands for every other value. */
export type Spellings = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A line, or a line whose paths start in one register; null and false: no line. */
export type Line = string | readonly [register: string, template: string] | null | false

/**
 * Lines of lspci out of templates: `{+path}` is a flag as `+` or `-`, `{path}` a value, `{path:04x}` a
 * number in hexadecimal, `{path|map}` a value by its spelling. A line that wants a field which is not
 * there is left out, as lspci leaves out what lies past the end.
 */
export function linesOf(
  fields: Fields | null,
  lines: readonly Line[],
  spellings: Spellings = {},
): readonly string[] {
  return lines.flatMap((line) => {
    if (line === null || line === false) return []
    const [register, template] = typeof line === 'string' ? [null, line] : line
    const source = register === null ? fields : at(fields, register)
    const filledIn = filled(template, source, spellings)
    return filledIn === null ? [] : [filledIn]
  })
}

const token = /\{(\+?)([\w.]+)(?::(\d+)x|\|(\w+))?\}/g

function filled(template: string, fields: unknown, spellings: Spellings): string | null {
  let complete = isRecord(fields)
  const line = template.replaceAll(token, (_, sign, path, width, map) => {
    const value = at(fields, path)
    if (value === undefined) complete = false
    if (sign === '+') return value === true ? '+' : '-'
    if (width !== undefined) return Number(value).toString(16).padStart(Number(width), '0')
    const plain = value === null ? 'null' : text(value)
    if (map === undefined) return plain
    const spelled = spellings[map]
    return spelled?.[plain] ?? spelled?.['*'] ?? plain
  })
  return complete ? line : null
}

/** The value at `a.b`; undefined where there is none. */
export function at(fields: unknown, path: string): unknown {
  let value = fields
  for (const name of path.split('.')) value = isRecord(value) ? value[name] : undefined
  return value
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** `DLP+ SDES-`: labels of the names in `set`, in the order of `labels`. */
export function signs(set: unknown, labels: Readonly<Record<string, string>>): string {
  const names = new Set(list(set))
  return Object.entries(labels)
    .map(([label, name]) => `${label}${names.has(name) ? '+' : '-'}`)
    .join(' ')
}

/** A value in a line: what is neither text nor a number has none. */
export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

export function sign(value: unknown): string {
  return value === true ? '+' : '-'
}

export function hex(value: unknown, digits: number): string {
  return Number(value).toString(16).padStart(digits, '0')
}
