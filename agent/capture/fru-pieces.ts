import { answersFolder } from '../device-question.ts'

/** A BMC hands a FRU inventory out in pieces (IPMI 2.0 §34.2); the completion code and a count first. */
const headBytes = 2

interface Piece {
  readonly path: string
  readonly answer: Uint8Array
  readonly offset: number
}

/**
 * Puts `replace` over each FRU inventory as a whole: a serial number may begin in one recorded piece
 * and end in the next. `replace` keeps the length. Gives the pieces that changed.
 */
export function replacedInFrus(
  files: ReadonlyMap<string, Uint8Array>,
  replace: (bytes: Uint8Array) => Uint8Array,
): ReadonlyMap<string, Uint8Array> {
  const inventories = Map.groupBy([...files].flatMap(pieceOf), ({ inventory }) => inventory)
  const changed = new Map<string, Uint8Array>()
  for (const pieces of inventories.values()) {
    const inOrder = pieces.toSorted((a, b) => a.offset - b.offset)
    const whole = Buffer.concat(inOrder.map(({ answer }) => answer.subarray(headBytes)))
    const other = replace(new Uint8Array(whole))
    let at = 0
    for (const { path, answer } of inOrder) {
      const length = answer.length - headBytes
      const data = other.subarray(at, at + length)
      changed.set(path, new Uint8Array([...answer.subarray(0, headBytes), ...data]))
      at += length
    }
  }
  return changed
}

/** Read FRU Data: device number, offset of two bytes, the lower first, and a count. */
const fruQuestion = /^(.*)\/0a-11-([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})[0-9a-f]{2}\.bin$/

function pieceOf([path, answer]: readonly [string, Uint8Array]): readonly (Piece & {
  readonly inventory: string
})[] {
  if (!path.startsWith(`${answersFolder}/ipmi/`) || answer.length <= headBytes) return []
  const [, folder, device, low, high] = fruQuestion.exec(path) ?? []
  if (folder === undefined || low === undefined || high === undefined) return []
  const offset = Number.parseInt(`${high}${low}`, 16)
  return [{ path, answer, offset, inventory: `${folder} ${device}` }]
}
