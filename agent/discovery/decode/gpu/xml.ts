import { DecodeError } from '../../../../protocol/errors.ts'

/** An element with what is in it, in order. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Character data of the element itself, without that of its children, trimmed. */
  readonly text: string
}

/** An 8-GPU machine with all its clocks writes 500 KB. */
const maxCharacters = 4 * 1024 * 1024
const maxElements = 100_000
const maxDepth = 64

/**
 * The root element of a document, XML 1.0 without a DTD of its own: documents that declare entities
 * are refused, which leaves nothing to expand. Throws DecodeError for everything not well formed.
 */
export function parseXml(source: string): XmlElement {
  if (source.length > maxCharacters) {
    throw new DecodeError(`Cannot read XML: over ${maxCharacters} characters`)
  }
  const open: Building[] = []
  let root: XmlElement | null = null
  let elements = 0
  for (const token of tokensOf(source)) {
    if (token.kind === 'text') {
      const top = open.at(-1)
      if (top !== undefined) top.text.push(token.text)
      else if (token.text.trim() !== '') throw new DecodeError('Cannot read XML: text outside')
    } else if (token.kind === 'open') {
      if (++elements > maxElements || open.length >= maxDepth) {
        throw new DecodeError('Cannot read XML: too many elements')
      }
      if (root !== null) throw new DecodeError('Cannot read XML: more than one root element')
      open.push({ name: token.name, attributes: token.attributes, children: [], text: [] })
      if (token.empty) root = close(open, token.name)
    } else root = close(open, token.name)
  }
  if (root === null) throw new DecodeError('Cannot read XML: no complete element')
  return root
}

interface Building {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  readonly text: string[]
}

/** Closes the innermost element; gives it when it was the root, else null. */
function close(open: Building[], name: string): XmlElement | null {
  const top = open.pop()
  if (top?.name !== name) {
    throw new DecodeError(`Cannot read XML: </${name.slice(0, 64)}> closes nothing`)
  }
  const element = { ...top, text: top.text.join('').trim() }
  const parent = open.at(-1)
  if (parent === undefined) return element
  parent.children.push(element)
  return null
}

type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'close'; readonly name: string }
  | {
      readonly kind: 'open'
      readonly name: string
      readonly attributes: ReadonlyMap<string, string>
      readonly empty: boolean
    }

const word = '[A-Za-z_:][\\w:.-]*'
const tag = new RegExp(
  `<(/?)(${word})((?:\\s+${word}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`,
  'y',
)
const attribute = new RegExp(`(${word})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'g')

function* tokensOf(source: string): Generator<Token> {
  let at = source.startsWith('\u{feff}') ? 1 : 0
  while (at < source.length) {
    if (source[at] !== '<') {
      const end = indexOrEnd(source, '<', at)
      yield { kind: 'text', text: unescaped(source.slice(at, end)) }
      at = end
    } else if (source.startsWith('<!--', at)) at = after(source, '-->', at + 4)
    else if (source.startsWith('<?', at)) at = after(source, '?>', at + 2)
    else if (source.startsWith('<![CDATA[', at)) {
      const end = after(source, ']]>', at + 9)
      yield { kind: 'text', text: source.slice(at + 9, end - 3) }
      at = end
    } else if (source.startsWith('<!DOCTYPE', at)) {
      const end = after(source, '>', at)
      if (source.slice(at, end).includes('[')) {
        throw new DecodeError('Cannot read XML: it declares its own entities')
      }
      at = end
    } else {
      tag.lastIndex = at
      const [whole, slash, name, attributes, end] = tag.exec(source) ?? []
      if (whole === undefined || name === undefined) {
        throw new DecodeError(`Cannot read XML: no tag at character ${at}`)
      }
      at += whole.length
      if (slash === '/') yield { kind: 'close', name }
      else yield { kind: 'open', name, attributes: attributesOf(attributes), empty: end === '/' }
    }
  }
}

function attributesOf(text: string | undefined): ReadonlyMap<string, string> {
  const found = [...(text ?? '').matchAll(attribute)]
  return new Map(found.map(([, name = '', a, b]) => [name, unescaped(a ?? b ?? '')]))
}

function indexOrEnd(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from)
  return found < 0 ? source.length : found
}

function after(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from)
  if (found < 0) throw new DecodeError(`Cannot read XML: no ${mark} after character ${from}`)
  return found + mark.length
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

function unescaped(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w{1,8});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities.get(name) ?? whole
    const code = Number(/^#x/i.test(name) ? `0x${name.slice(2)}` : name.slice(1))
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole
  })
}

/** The element at a path of names below `element`; undefined when a part is missing. */
export function elementAt(element: XmlElement, path: string): XmlElement | undefined {
  let found: XmlElement | undefined = element
  for (const name of path.split('.')) found = found?.children.find((one) => one.name === name)
  return found
}
