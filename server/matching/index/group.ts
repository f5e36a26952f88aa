import { listSlots } from './bitset.ts'

/** Some of all machines, to be picked from. Groups come in an order: best first, say. */
export interface Group {
  /** Writes those of its machines that are among `machines` to `slots` from a position on; its end. */
  collect(machines: Int32Array, slots: Int32Array, from: number): number
}

/** The machines of a list. */
export function listGroup(members: ArrayLike<number>): Group {
  return {
    collect(machines, slots, from) {
      let end = from
      for (let at = 0; at < members.length; at += 1) {
        const slot = members[at] ?? 0
        if (((machines[slot >>> 5] ?? 0) & (1 << (slot & 31))) === 0) continue
        slots[end] = slot
        end += 1
      }
      return end
    },
  }
}

/** The machines of `words` that are not in `without`. */
export function bitsGroup(words: Int32Array, without: Int32Array | null): Group {
  return {
    collect(machines, slots, from) {
      let end = from
      for (let at = 0; at < machines.length; at += 1) {
        let word = (machines[at] ?? 0) & (words[at] ?? 0) & ~(without?.[at] ?? 0)
        while (word !== 0) {
          slots[end] = (at << 5) | (31 - Math.clz32(word & -word))
          end += 1
          word &= word - 1
        }
      }
      return end
    },
  }
}

/** All machines, in no order. */
export const anyGroup: Group = {
  collect: (machines, slots, from) => from + listSlots(machines, slots.subarray(from)),
}
