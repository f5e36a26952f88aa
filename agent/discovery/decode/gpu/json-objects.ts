import { DecodeError } from '../../../../protocol/errors.ts'

/** A JSON object as it came; what is in it is checked where it is read. */
export type JsonObject = Readonly<Record<string, unknown>>

const decoder = new TextDecoder()

/** Parsed JSON of a driver's tool. Lines before the first bracket are warnings that it printed. */
export function parseToolJson(bytes: Uint8Array, tool: string): unknown {
  const text = decoder.decode(bytes)
  const start = text.search(/^\s*[[{]/m)
  try {
    return JSON.parse(start < 0 ? text : text.slice(start))
  } catch (cause) {
    throw new DecodeError(`Cannot read the JSON of ${tool}`, { cause })
  }
}

/** True for an object that is no list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of names; undefined when a part is missing. */
export function valueAt(object: unknown, path: string): unknown {
  let found = object
  for (const name of path.split('.')) {
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined
  }
  return found
}

/** Text, a number, or `{ value, unit }` as one text; null for everything else. */
export function textAt(object: unknown, path: string): string | null {
  const value = valueAt(object, path)
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (!isObject(value)) return null
  const [number, unit] = [value['value'], value['unit']]
  if (typeof number !== 'number' && typeof number !== 'string') return null
  return typeof unit === 'string' ? `${number} ${unit}` : String(number)
}
