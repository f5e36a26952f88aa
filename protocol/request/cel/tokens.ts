import { DecodeError } from '../../errors.ts'

/** A word of a CEL expression with where it begins. */
export type CelToken =
  | { readonly kind: 'name' | 'sign'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | { readonly kind: 'int'; readonly value: bigint; readonly at: number }
  | { readonly kind: 'double'; readonly value: number; readonly at: number }
  | { readonly kind: 'end'; readonly at: number }

const blank = /(?:[ \t\r\n\f]|\/\/[^\n]*)+/y
const name = /[A-Za-z_][A-Za-z0-9_]*/y
const double = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y
const int = /(?:0[xX][0-9a-fA-F]+|\d+)[uU]?/y
const sign = /\|\||&&|==|!=|<=|>=|[<>!?:.,()[\]{}+\-*/%]/y
const quoted = /([rR]?)("""|'''|"|')/y

/** Words CEL keeps for itself: no names. */
const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

/**
 * The words of a CEL expression (cel-spec, "Syntax").
 * @throws {DecodeError} at the first character that begins none
 */
export function celTokens(source: string): readonly CelToken[] {
  const tokens: CelToken[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(source)
  }
  while (at < source.length) {
    const space = take(blank)
    if (space !== null) {
      at += space[0].length
      continue
    }
    const opening = take(quoted)
    if (opening !== null) {
      const { value, end } = readString(source, at + opening[0].length, opening)
      tokens.push({ kind: 'string', value, at })
      at = end
      continue
    }
    const token = numberOrWord(take, at)
    if (token === null) throw refusal(`'${source.slice(at, at + 12)}' is not understood`, at)
    tokens.push(token.token)
    at += token.length
  }
  tokens.push({ kind: 'end', at })
  return tokens
}

function numberOrWord(
  take: (pattern: RegExp) => RegExpExecArray | null,
  at: number,
): { readonly token: CelToken; readonly length: number } | null {
  const real = take(double)
  if (real !== null) {
    return { token: { kind: 'double', value: Number(real[0]), at }, length: real[0].length }
  }
  const whole = take(int)
  if (whole !== null) {
    if (whole[0].length > 40) throw refusal('a number is too long', at)
    const value = BigInt(whole[0].replace(/[uU]$/, ''))
    return { token: { kind: 'int', value, at }, length: whole[0].length }
  }
  const word = take(name)
  if (word !== null) {
    if (reserved.has(word[0])) throw refusal(`'${word[0]}' is a word CEL keeps for itself`, at)
    return { token: { kind: 'name', text: word[0], at }, length: word[0].length }
  }
  const mark = take(sign)
  if (mark === null) return null
  return { token: { kind: 'sign', text: mark[0], at }, length: mark[0].length }
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  '"': '"',
  "'": "'",
  '`': '`',
  '?': '?',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** Digits after `\x`, `\u`, `\U`. */
const hexLengths: Readonly<Record<string, number>> = { x: 2, X: 2, u: 4, U: 8 }

function readString(
  source: string,
  start: number,
  [, prefix, quote = '"']: RegExpExecArray,
): { readonly value: string; readonly end: number } {
  let value = ''
  let at = start
  while (!source.startsWith(quote, at)) {
    const character = source[at]
    if (character === undefined || (character === '\n' && quote.length === 1)) {
      throw refusal('a text has no closing quote', start)
    }
    if (character !== '\\' || prefix !== '') {
      value += character
      at += 1
      continue
    }
    const escaped = readEscape(source, at + 1)
    value += escaped.value
    at += 1 + escaped.length
  }
  return { value, end: at + quote.length }
}

function readEscape(source: string, at: number): { value: string; length: number } {
  const letter = source[at] ?? ''
  const plain = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
  if (plain !== undefined) return { value: plain, length: 1 }
  const octal = /^[0-3][0-7]{2}/.exec(source.slice(at, at + 3))
  if (octal !== null) return { value: String.fromCodePoint(parseInt(octal[0], 8)), length: 3 }
  const digits = Object.hasOwn(hexLengths, letter) ? (hexLengths[letter] ?? 0) : 0
  const hex = source.slice(at + 1, at + 1 + digits)
  const point = parseInt(hex, 16)
  const valid = digits > 0 && /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits
  if (!valid || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
    throw refusal(`'\\${letter}' is no escape`, at)
  }
  return { value: String.fromCodePoint(point), length: 1 + digits }
}

/** Says what is wrong with an expression and where. */
export function refusal(problem: string, at: number): DecodeError {
  return new DecodeError(`CEL: ${problem} at character ${at + 1}`)
}
