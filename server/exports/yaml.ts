import type { Json } from '../../protocol/canonical.ts'

/**
 * YAML in block form. Every text is in double quotes, as JSON writes it, so that no reader of any
 * version of YAML takes `on`, `1_000` or `2001-01-01` for something else.
 */
export function yamlDocument(value: { readonly [key: string]: Json }): string {
  return `${lines(value, 0).join('\n')}\n`
}

function lines(value: Json, indent: number): readonly string[] {
  const space = ' '.repeat(indent)
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const [first = '', ...rest] = isScalar(item) ? [scalar(item)] : lines(item, indent + 2)
      return [`${space}- ${first.trimStart()}`, ...rest]
    })
  }
  if (typeof value !== 'object' || value === null) return [`${space}${scalar(value)}`]
  return Object.entries(value).flatMap(([key, held]) =>
    isScalar(held)
      ? [`${space}${keyText(key)}: ${scalar(held)}`]
      : [`${space}${keyText(key)}:`, ...lines(held, indent + 2)],
  )
}

/** Empty lists and objects have no block form. */
function isScalar(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0
}

function scalar(value: Json): string {
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value)
}

/** As JSON, with escapes for what YAML does not call printable (YAML 1.2.2 §5.1). */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Words that YAML 1.1 reads as something else are left to the quotes. */
function keyText(key: string): string {
  return /^[A-Za-z][A-Za-z0-9_./-]*$/.test(key) &&
    !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key)
    ? key
    : quoted(key)
}
