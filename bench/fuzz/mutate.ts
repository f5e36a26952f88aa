import type { SeededRandom } from './random.ts'

/** Values at which lengths and counts turn over. */
const interesting = [0, 1, 2, 3, 4, 7, 8, 0x0f, 0x10, 0x7f, 0x80, 0xfe, 0xff] as const

type Mutation = (
  bytes: Uint8Array,
  random: SeededRandom,
  seeds: readonly Uint8Array[],
) => Uint8Array

const mutations: readonly Mutation[] = [
  // A bit.
  (bytes, random) => edit(bytes, random, (value) => value ^ (1 << random.below(8))),
  // A byte that lengths and counts do not like.
  (bytes, random) => edit(bytes, random, () => random.pick(interesting) ?? 0),
  // Any byte.
  (bytes, random) => edit(bytes, random, () => random.below(256)),
  // A word of ones, zeros or the largest sign.
  (bytes, random) => {
    const copy = bytes.slice()
    const at = random.below(copy.length)
    const length = random.pick([2, 4, 8]) ?? 2
    copy.fill(random.pick([0, 0xff, 0x80, 0x7f]) ?? 0, at, at + length)
    return copy
  },
  // The end is missing.
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  // Something is missing.
  (bytes, random) => {
    const at = random.below(bytes.length)
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(64)))
  },
  // Something is there twice.
  (bytes, random) => {
    const at = random.below(bytes.length)
    const end = Math.min(bytes.length, at + 1 + random.below(256))
    return joined(bytes.subarray(0, end), bytes.subarray(at))
  },
  // The beginning of one and the end of another.
  (bytes, random, seeds) => {
    const other = random.pick(seeds) ?? bytes
    return joined(
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    )
  },
  // A part elsewhere.
  (bytes, random) => {
    const copy = bytes.slice()
    const length = 1 + random.below(32)
    copy.copyWithin(random.below(copy.length), random.below(copy.length), copy.length)
    return copy.subarray(0, Math.max(length, copy.length))
  },
]

/** Inputs stay below this: what a decoder is given is bounded before it. */
const maxBytes = 256 * 1024

/** A seed after a few mutations. */
export function mutate(random: SeededRandom, seeds: readonly Uint8Array[]): Uint8Array {
  let bytes = random.pick(seeds) ?? new Uint8Array(1)
  const rounds = 1 + random.below(4)
  for (let round = 0; round < rounds && bytes.length > 0; round++) {
    const mutation = mutations[random.below(mutations.length)]
    if (mutation !== undefined) bytes = mutation(bytes, random, seeds)
  }
  return bytes.subarray(0, maxBytes)
}

function edit(bytes: Uint8Array, random: SeededRandom, change: (value: number) => number) {
  const copy = bytes.slice()
  const at = random.below(copy.length)
  copy[at] = change(copy[at] ?? 0)
  return copy
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
