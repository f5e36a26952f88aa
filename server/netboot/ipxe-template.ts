import { DecodeError } from '../../protocol/errors.ts'

/**
 * What a field of an iPXE script may hold. iPXE expands `${...}`, splits at white space, joins at
 * `&&` and `||` and knows quotes and backslashes, with no way to escape them all: so words and
 * addresses with any such sign are refused, and texts for people lose theirs.
 */
export type ScriptField =
  /** One word: letters, digits and `. _ - : , = / [ ] + @`. */
  | { readonly kind: 'word'; readonly value: string }
  /** Several words, separated by one space each. */
  | { readonly kind: 'words'; readonly value: readonly string[] }
  /** `http://host[:port][/path]`, of words' letters. */
  | { readonly kind: 'url'; readonly value: string }
  /** Shown to people: signs that iPXE would act on become dots, and it is cut at 120. */
  | { readonly kind: 'text'; readonly value: string }

export type ScriptFields = Readonly<Record<string, ScriptField>>

const wordPattern = /^[A-Za-z0-9._:,=/[\]+@-]{1,512}$/
const urlPattern = /^http:\/\/[A-Za-z0-9.[\]:-]{1,255}(\/[A-Za-z0-9._/-]*)?$/

/**
 * A template with its `{{fields}}` filled in. Throws `DecodeError` for a field the template names
 * and nobody gave, one that was given for nothing, and a value that cannot be put into a script.
 */
export function renderScript(template: string, fields: ScriptFields): string {
  const unused = new Set(Object.keys(fields))
  const script = template.replaceAll(/\{\{([^{}]*)\}\}/g, (_, name: string) => {
    const field = fields[name]
    if (field === undefined) throw new DecodeError(`iPXE script wants a field '${name}'`)
    unused.delete(name)
    return renderField(name, field)
  })
  if (unused.size > 0) {
    throw new DecodeError(`iPXE script has no field '${[...unused].join("', '")}'`)
  }
  return script
}

function renderField(name: string, field: ScriptField): string {
  if (field.kind === 'text') return plainText(field.value)
  if (field.kind === 'url') return matching(name, field.value, urlPattern, 'http://host:port/path')
  const words = field.kind === 'word' ? [field.value] : field.value
  return words.map((word) => matching(name, word, wordPattern, 'one word')).join(' ')
}

function matching(name: string, value: string, pattern: RegExp, wanted: string): string {
  if (pattern.test(value)) return value
  const shown = JSON.stringify(value.slice(0, 80))
  throw new DecodeError(`iPXE field '${name}' cannot hold ${shown}, wanted ${wanted}`)
}

function plainText(value: string): string {
  const text = value.slice(0, 120).replaceAll(/[^A-Za-z0-9 .,:;()@=/_+-]/g, '.')
  return text.trim() === '' ? '-' : text
}
