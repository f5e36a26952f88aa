import { createHash } from 'node:crypto'

/**
 * The domain of our names. `.internal` is kept for private use by ICANN, so it is nobody else's.
 */
export const domain = 'assay.internal'

const valueLength = 63

/**
 * A text as the value of a label: letters, digits, `-`, `_` and `.`, 63 at most, at its ends a letter
 * or digit. What else there is becomes `-`; where the text is too long, 8 digits of its hash follow.
 * Null for a text of which nothing is left.
 */
export function labelValue(text: string): string | null {
  const word = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
  if (word === '') return null
  if (word.length <= valueLength) return word
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8)
  return `${word.slice(0, valueLength - 9).replace(/[^A-Za-z0-9]+$/, '')}-${hash}`
}

/** The name part of a label's key: as the keys of our labels are, with a letter or digit at its end. */
export function labelName(key: string): string {
  return key.replace(/-+$/, '')
}

const objectNameLength = 253

/** The name of an object: one that is too long for it ends in 8 digits of its hash. */
export function objectName(name: string): string {
  if (name.length <= objectNameLength) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${name.slice(0, objectNameLength - 9).replace(/[^a-z0-9]+$/, '')}-${hash}`
}

/** A text as a DNS label (RFC 1123): lower case, 63 characters at most. */
export function dnsLabel(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, valueLength)
    .replaceAll(/^-+|-+$/g, '')
}
