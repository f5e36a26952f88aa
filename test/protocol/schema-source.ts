/** A property of an object in a schema, as its source says it. */
export interface SchemaRow {
  /** `disks[].partitions[].name`, from the head of its constant. */
  readonly path: string
  /** The schema in words where it has some, else its expression. */
  readonly type: string
  readonly meaning: string
}

/** A constant of a schema file. */
export interface SchemaConstant {
  readonly name: string
  readonly meaning: string
  /** What it is when it is no object; null for an object. */
  readonly type: string | null
  readonly rows: readonly SchemaRow[]
}

/**
 * The schemas of a formatted source file of `protocol/facts`, in its order, with the comments on them.
 * Goes by lines: the formatter puts each property on one of its own.
 */
export function schemaConstants(source: string): readonly SchemaConstant[] {
  const lines = source.split('\n')
  const constants: SchemaConstant[] = []
  let rows: SchemaRow[] = []
  let open: { readonly indent: number; readonly name: string }[] = []
  let meaning = ''
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (line.trimStart().startsWith('/**')) {
      const comment = commentAt(lines, at)
      meaning = comment.text
      at += comment.lineCount - 1
      continue
    }
    const constant = /^(?:export )?const (\w+)(?:: [^=]+)? = (.*)$/.exec(line)
    if (constant !== null) {
      const expression = expressionAt(lines, at, line.indexOf('= ') + 2)
      const isObject = objectHead.test(expression.text)
      rows = []
      open = []
      if (/\bz\b|\.(extend|nullable)\(/.test(expression.text)) {
        const type = isObject ? null : words(expression.text)
        constants.push({ name: constant[1] ?? '', meaning, type, rows })
      }
      if (isObject) rows.push(...extended(expression.text, null))
      else at += expression.lineCount - 1
      meaning = ''
      continue
    }
    const property = /^(\s+)(?:'([^']+)'|(\w+)): (.*)$/.exec(line)
    const spread = /^(\s+)(?:\.\.\.(\w+)|(\w+)),$/.exec(line)
    const indent = (property ?? spread)?.[1]?.length ?? 0
    open = open.filter((outer) => outer.indent < indent || indent === 0)
    const path = (name: string) => [...open.map((outer) => outer.name), name].join('.')
    if (property !== null) {
      const name = property[2] ?? property[3] ?? ''
      const expression = expressionAt(lines, at, line.indexOf(': ') + 2)
      if (objectHead.test(expression.text)) {
        const list = /\.\s*array\(/.test(expression.text.split(objectHead)[0] ?? '')
        const orNull = expression.text.endsWith('.nullable()') ? ' or null' : ''
        rows.push({
          path: path(name),
          type: `${list ? 'list of objects' : 'object'}${orNull}`,
          meaning,
        })
        const inside = list ? `${name}[]` : name
        rows.push(
          ...extended(expression.text, path(inside)),
          ...inlineRows(lines.slice(at, at + expression.lineCount), path(inside)),
        )
        open.push({ indent, name: inside })
      } else {
        rows.push({ path: path(name), type: words(expression.text), meaning })
        at += expression.lineCount - 1
      }
      meaning = ''
    } else if (spread !== null && rows.length + open.length > 0) {
      rows.push({
        path: path(spread[2] === undefined ? (spread[3] ?? '') : '…'),
        type: `\`${spread[2] ?? spread[3] ?? ''}\``,
        meaning,
      })
      meaning = ''
    } else if (line === '') {
      meaning = ''
    }
  }
  return constants
}

/** What an object begins with; one that extends another names it. */
const objectHead = /strictObject\(|\w+\.extend\(/

/** A row that names the object another one has all properties of. */
function extended(text: string, path: string | null): readonly SchemaRow[] {
  const base = /(\w+)\.extend\(/.exec(text)?.[1]
  if (base === undefined) return []
  return [{ path: path === null ? '…' : `${path}.…`, type: `as \`${base}\``, meaning: '' }]
}

/** Properties of an object that stands on one line. */
function inlineRows(lines: readonly string[], path: string): readonly SchemaRow[] {
  const whole = /strictObject\(\{ (.*) \}\)/
  const inner = lines.flatMap((line) => whole.exec(line)?.[1] ?? [])[0]
  if (inner === undefined || inner.includes('strictObject(')) return []
  return parts(inner).flatMap((part) => {
    const [, name, expression] = /^(\w+): (.*)$/.exec(part) ?? []
    if (name === undefined || expression === undefined) return []
    return [{ path: `${path}.${name}`, type: words(expression), meaning: '' }]
  })
}

function commentAt(lines: readonly string[], from: number) {
  let to = from
  while (to < lines.length && !(lines[to] ?? '').includes('*/')) to++
  const text = lines
    .slice(from, to + 1)
    .map((line) => line.replace(/^\s*\/?\*+\/?\s?/, '').replace(/\s*\*\/$/, ''))
    .join(' ')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return { text, lineCount: to - from + 1 }
}

/** From `column` of a line until its brackets are closed, on one line, without a comma at the end. */
function expressionAt(lines: readonly string[], from: number, column: number) {
  let text = (lines[from] ?? '').slice(column)
  let lineCount = 1
  const isOpen = () => text.length === 0 || /[([{]/.test(balance(text)) || nextChains()
  const nextChains = () => /^\s+\./.test(lines[from + lineCount] ?? '')
  while (from + lineCount < lines.length && isOpen()) {
    const line = (lines[from + lineCount] ?? '').trim()
    lineCount++
    if (!line.startsWith('/**') && !line.startsWith('*')) text += ` ${line}`
  }
  return { text: text.replace(/,$/, '').trim(), lineCount }
}

/** A call: what is called, its arguments, and what is called on the result. */
function calledIn(text: string): readonly [string, string, string] {
  const from = text.indexOf('(')
  for (let to = from + 1; to < text.length; to++) {
    if (from < 1) break
    if (text[to] === ')' && balance(text.slice(from, to + 1)) === '') {
      return [text.slice(0, from), text.slice(from + 1, to), text.slice(to + 1)]
    }
  }
  return [text, '', '']
}

/** Parts between commas that are in no brackets. */
function parts(text: string): readonly string[] {
  const found: string[] = []
  for (const piece of text.split(',')) {
    const last = found.at(-1)
    if (last !== undefined && balance(last) !== '') found[found.length - 1] = `${last},${piece}`
    else found.push(piece.trim())
  }
  return found
}

/** Brackets of an expression that are not closed; those in texts and patterns do not count. */
function balance(text: string): string {
  let left = text.replaceAll(/'[^']*'|\/\^[^ ]*\$\/u?/g, '').replaceAll(/[^()[\]{}]/g, '')
  for (let before = ''; before !== left;) {
    before = left
    left = left.replaceAll(/\(\)|\[\]|\{\}/g, '')
  }
  return left
}

/** Words for what facts are made of, `protocol/facts/fields.ts`. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/^textOrNull$/, 'text or null'],
  [/^text$/, 'text'],
  [/^kernelName$/, 'name of the kernel'],
  [/^count$/, 'whole number'],
  [/^bytes$/, 'bytes'],
  [/^numaNodeOrNull$/, 'NUMA node or null'],
  [/^cpuNumbers$/, 'CPU numbers'],
  [/^pciAddress$/, 'PCI address'],
  [/^macAddress$/, 'hardware address'],
  [/^uuidText$/, 'UUID'],
  [/^hex\((\d+)\)$/, '$1 hex digits'],
  [/^z\.boolean\(\)$/, 'yes or no'],
  [/^z\.string\(\).*$/, 'text'],
  [/^z\.json\(\)$/, 'any'],
  [/^z\.(?:int|number)\(\).*$/, 'number'],
  [/^z\.enum\(\[(.*)\]\)$/, 'one of $1'],
  [/^z\.enum\((\w+)\)$/, 'one of `$1`'],
  [/^z\.literal\((.*)\)$/, '$1'],
  [/^\w+$/, '`$&`'],
]

function words(expression: string): string {
  const text = expression
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([().]) ?/g, '$1')
    .replaceAll(/,\s*([)\]])/g, '$1')
  const nullable = /^(.*)\.nullable\(\)$/.exec(text)
  if (nullable !== null) return `${words(nullable[1] ?? '')} or null`
  const [name, inner, rest] = calledIn(text)
  if (name === 'z.array' && /^(\.(min|max|length)\([\d_]+\))*$/.test(rest)) {
    const most = /\.(?:max|length)\(([\d_]+)\)/.exec(rest)?.[1]?.replaceAll('_', '')
    return `list of ${words(inner)}${most === undefined ? '' : `, at most ${most}`}`
  }
  if (name === 'z.union' && rest === '') return parts(inner.slice(1, -1)).map(words).join(' or ')
  if (name === 'z.record') return `record of ${words(parts(inner)[1] ?? inner)} by name`
  for (const [form, phrase] of phrases) {
    if (form.test(text)) return text.replace(form, phrase).replaceAll(/'([^']*)'/g, '`$1`')
  }
  return `\`${text}\``
}
