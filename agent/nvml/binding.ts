import { dlopen, FFIType } from 'bun:ffi'

/** `nvmlReturn_t` of a call that went well, nvml.h. */
export const nvmlSuccess = 0

/**
 * What says that a GPU or driver has no such thing, and is no fault: invalid argument (a link or
 * sensor that is not there), not supported, no permission, not found, insufficient size (asked for by
 * who wants the size), function not found, unknown version of an argument.
 */
const noSuchThing = new Set([2, 3, 4, 6, 7, 13, 25])

/** A call that failed though the GPU should know the answer: it fell off the bus, needs a reset. */
export interface NvmlFailure {
  readonly call: string
  /** `nvmlReturn_t`. */
  readonly code: number
}

/** Letters of a C signature: handle, unsigned int, pointer. */
type Letter = 'h' | 'u' | 'p'

const types = { h: FFIType.u64, u: FFIType.u32, p: FFIType.ptr } as const

/** An argument: a handle as bigint, a number, a buffer that the call fills. */
export type NvmlArgument = bigint | number | NodeJS.TypedArray

/**
 * libnvidia-ml.so.1 by name of its functions. Each is bound when it is first called, so that one the
 * driver is too old or too new for costs only itself.
 */
export class NvmlBinding {
  readonly #path: string
  readonly #functions = new Map<string, ((...values: NvmlArgument[]) => number) | null>()
  readonly #failures: NvmlFailure[] = []

  constructor(path: string) {
    this.#path = path
  }

  /** Failures so far, {@link noSuchThing} left out. */
  get failures(): readonly NvmlFailure[] {
    return this.#failures
  }

  /** The code the call returns; null where the library has no such function. */
  call(name: string, ...values: readonly NvmlArgument[]): number | null {
    const bound = this.#bind(name, values.map(letterOf))
    if (bound === null) return null
    const code = bound(...values)
    if (code !== nvmlSuccess && !noSuchThing.has(code) && this.#failures.length < maxFailures) {
      this.#failures.push({ call: name, code })
    }
    return code
  }

  /** One unsigned int that the call writes last; null when it gives none. */
  number(name: string, ...values: readonly NvmlArgument[]): number | null {
    return this.numbers(name, 1, ...values)?.[0] ?? null
  }

  /** As many unsigned ints, each by a pointer of its own. */
  numbers(
    name: string,
    count: number,
    ...values: readonly NvmlArgument[]
  ): readonly number[] | null {
    const into = Array.from({ length: count }, () => new Uint32Array(1))
    if (this.call(name, ...values, ...into) !== nvmlSuccess) return null
    return into.map((one) => one[0] ?? 0)
  }

  /** An unsigned long long; null for none and for what no number holds exactly. */
  large(name: string, ...values: readonly NvmlArgument[]): number | null {
    const into = new BigUint64Array(1)
    if (this.call(name, ...values, into) !== nvmlSuccess) return null
    return exact(into[0])
  }

  /** A structure of `lengthBytes`, which begins with `version` where that is given. */
  structure(
    name: string,
    lengthBytes: number,
    version: number | null,
    ...values: readonly NvmlArgument[]
  ): DataView | null {
    const into = new Uint8Array(lengthBytes)
    const view = new DataView(into.buffer)
    if (version !== null) view.setUint32(0, version, true)
    return this.call(name, ...values, into) === nvmlSuccess ? view : null
  }

  /** Text in a buffer whose length the call takes last. */
  text(name: string, ...values: readonly NvmlArgument[]): string | null {
    const into = new Uint8Array(textBytes)
    if (this.call(name, ...values, into, textBytes) !== nvmlSuccess) return null
    return textOf(into)
  }

  /** Text in a buffer whose length the call knows. */
  fixedText(name: string, ...values: readonly NvmlArgument[]): string | null {
    const into = new Uint8Array(textBytes)
    return this.call(name, ...values, into) === nvmlSuccess ? textOf(into) : null
  }

  /** A handle; null when there is none. */
  handle(name: string, ...values: readonly NvmlArgument[]): bigint | null {
    const into = new BigUint64Array(1)
    return this.call(name, ...values, into) === nvmlSuccess ? (into[0] ?? null) : null
  }

  #bind(name: string, letters: readonly Letter[]) {
    const known = this.#functions.get(name)
    if (known !== undefined) return known
    const found = this.#find(name, letters)
    this.#functions.set(name, found)
    return found
  }

  #find(name: string, letters: readonly Letter[]) {
    try {
      const args = letters.map((letter) => types[letter])
      const library = dlopen(this.#path, { [name]: { args, returns: FFIType.i32 } })
      // Held by way of `library`, which owns the code of its symbols.
      return (...values: NvmlArgument[]) => Number(library.symbols[name]?.(...values))
    } catch {
      // dlopen has one error for a library and for a function that is missing: neither is there.
      return null
    }
  }
}

/** The longest text of nvml.h has 96 bytes. */
const textBytes = 256
const maxFailures = 1024

function letterOf(value: NvmlArgument): Letter {
  if (typeof value === 'bigint') return 'h'
  return typeof value === 'number' ? 'u' : 'p'
}

const decoder = new TextDecoder()

function textOf(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0)
  const text = decoder.decode(end < 0 ? bytes : bytes.subarray(0, end)).replaceAll(/\p{Cc}/gu, ' ')
  return text.trim() === '' ? null : text.trim()
}

/** Null for nothing and for NVML_VALUE_NOT_AVAILABLE, which has all bits set. */
export function exact(value: bigint | undefined): number | null {
  return value === undefined || value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value)
}
