import { expect, test } from 'vitest'
import { anonymized } from '../../../agent/capture/anonymize.ts'
import { replacedInFrus } from '../../../agent/capture/fru-pieces.ts'
import { answerPath } from '../../../agent/device-question.ts'

const text = (words: string) => [...new TextEncoder().encode(words)]
const bytes = text('inventory of machine SN-0001234 at SN-0001234')
const pieceBytes = 16

/** The answers of a BMC that hands `bytes` out, 16 at a time. */
const files = new Map(
  Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) => {
    const piece = bytes.slice(index * pieceBytes, (index + 1) * pieceBytes)
    const data = `00${(index * pieceBytes).toString(16).padStart(2, '0')}0010`
    const question = {
      kind: 'ipmi',
      device: '/dev/ipmi0',
      netFunction: 0x0a,
      command: 0x11,
    } as const
    return [answerPath({ ...question, data }), new Uint8Array([0, piece.length, ...piece])] as const
  }),
)

function whole(pieces: ReadonlyMap<string, Uint8Array>): string {
  const inOrder = [...pieces].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.concat(inOrder.map(([, piece]) => piece.subarray(2))).toString()
}

test('serial number that two pieces of an inventory share is replaced', () => {
  const recording = { files, links: new Map(), folders: [], notes: { failures: {}, unread: {} } }
  const secret = new Uint8Array(32).fill(7)
  const copy = anonymized(recording, { serial: 'SN-0001234' }, secret)
  const after = whole(copy.files)
  expect(after).toMatch(/^inventory of machine ([A-Z]{2}-\d{7}) at \1$/)
  expect(after).not.toContain('SN-0001234')
  expect([...copy.files.values()].map((piece) => piece[1])).toEqual([16, 16, 13])
})

test('pieces of one inventory are taken together, other answers left alone', () => {
  const other = ['/.assay/answers/ipmi/dev!ipmi0/06-01-.bin', new Uint8Array([0, 1, 2])] as const
  const seen: string[] = []
  const changed = replacedInFrus(new Map([...files, other]), (inventory) => {
    seen.push(new TextDecoder().decode(inventory))
    return inventory
  })
  expect(seen).toEqual([whole(files)])
  expect(changed).toEqual(files)
})
