import { Encoder } from 'cbor-x'
import { DecodeError } from './errors.ts'
import { limits } from './limits.ts'

/*
 * The wire's CBOR (RFC 8949): definite lengths, no tags, text keys, no key twice. cbor-x decodes;
 * before it sees a byte, a scan that allocates nothing but one stack refuses what is outside that
 * subset: its bignum tags take quadratic time and it keeps the last of two equal keys.
 */
const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false })

/** One message as CBOR. */
export function encodeCbor(value: unknown): Uint8Array {
  return encoder.encode(value)
}

/** The value in `bytes`, or a {@link DecodeError}. Byte strings are copies, not views. */
export function decodeCbor(bytes: Uint8Array): unknown {
  scanCbor(bytes)
  try {
    const value: unknown = encoder.decode(new Uint8Array(bytes))
    return value
  } catch (cause) {
    throw new DecodeError('CBOR does not decode', { cause })
  }
}

/**
 * Refuses anything but one complete CBOR item of our subset: no tags, no indefinite lengths, depth
 * up to 32, up to 200,000 items, text keys, no key twice in a map, integers within 2^53.
 */
export function scanCbor(bytes: Uint8Array): void {
  const scan = new Scan(bytes)
  scan.item(0)
  if (scan.position !== bytes.length) throw new DecodeError('CBOR has trailing bytes')
}

class Scan {
  position = 0
  #items = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  item(depth: number): void {
    if (depth > limits.cborDepth) throw new DecodeError('CBOR is nested too deeply')
    this.#items += 1
    if (this.#items > limits.cborItems) throw new DecodeError('CBOR has too many items')
    const initial = this.#byte()
    const major = initial >> 5
    const additional = initial & 31
    if (additional > 27) throw new DecodeError('CBOR has an indefinite or reserved length')
    if (major === 7) return this.#simple(additional)
    const value = this.#argument(additional)
    switch (major) {
      case 0:
      case 1:
        return
      case 2:
      case 3:
        return this.#skip(value)
      case 4:
        this.#checkCount(value)
        for (let index = 0; index < value; index++) this.item(depth + 1)
        return
      case 5:
        return this.#map(value, depth)
      default:
        throw new DecodeError('CBOR has a tag')
    }
  }

  #map(count: number, depth: number): void {
    this.#checkCount(count * 2)
    const keys = new Set<string>()
    for (let index = 0; index < count; index++) {
      const start = this.position
      if ((this.#bytes[start] ?? 0) >> 5 !== 3)
        throw new DecodeError('CBOR has a key that is no text')
      this.item(depth + 1)
      const key = Buffer.from(
        this.#bytes.buffer,
        this.#bytes.byteOffset + start,
        this.position - start,
      ).toString('latin1')
      if (keys.has(key)) throw new DecodeError('CBOR has a key twice in one map')
      keys.add(key)
      this.item(depth + 1)
    }
  }

  #simple(additional: number): void {
    if (additional < 20 || additional === 24) {
      throw new DecodeError('CBOR has a simple value that is not allowed')
    }
    if (additional >= 25) this.#skip(2 ** (additional - 24))
  }

  #argument(additional: number): number {
    if (additional < 24) return additional
    let value = 0
    for (let count = 2 ** (additional - 24); count > 0; count--) value = value * 256 + this.#byte()
    if (!Number.isSafeInteger(value)) throw new DecodeError('CBOR has an integer beyond 2^53')
    return value
  }

  #byte(): number {
    const byte = this.#bytes[this.position]
    if (byte === undefined) throw new DecodeError('CBOR is truncated')
    this.position += 1
    return byte
  }

  #skip(count: number): void {
    if (count > this.#bytes.length - this.position) throw new DecodeError('CBOR is truncated')
    this.position += count
  }

  #checkCount(count: number): void {
    if (count > this.#bytes.length - this.position) throw new DecodeError('CBOR is truncated')
  }
}
