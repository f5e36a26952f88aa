import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesOf } from '../../../server/import/lines.ts'
import { documentsOf } from '../../../server/import/readers/json-documents.ts'
import { pieces } from './text-lines.ts'

const cut = async (text: string) => Array.fromAsync(documentsOf(linesOf(pieces(text, 64))))
const values = async (text: string): Promise<readonly unknown[]> =>
  (await cut(text)).map((document): unknown => JSON.parse(document.text))

test('members of a list and of items come one by one, and what is around them last', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue()),
      fc.dictionary(
        fc.string().filter((key) => !['items', '__proto__'].includes(key)),
        fc.jsonValue(),
      ),
      fc.constantFrom(0, 2),
      async (members, around, indent) => {
        const plain: unknown = JSON.parse(JSON.stringify(members))
        expect(await values(JSON.stringify(members, null, indent))).toEqual([
          ...(Array.isArray(plain) ? plain : []),
          [],
        ])
        const answer = { ...around, items: members }
        expect(await values(JSON.stringify(answer, null, indent))).toEqual([
          ...(Array.isArray(plain) ? plain : []),
          JSON.parse(JSON.stringify({ ...around, items: [] })),
        ])
      },
    ),
  )
})

test('a member is on the line on which it begins', async () => {
  expect(await cut('{"total": 2,\n "items": [\n  {"a":\n 1},\n\n  2\n ]}\n3')).toEqual([
    { line: 3, text: '  {"a":\n 1}' },
    { line: 6, text: '  2\n ' },
    { line: 1, text: '{"total": 2,\n "items": [\n]}' },
    { line: 8, text: '3' },
  ])
})

test('what is no JSON comes out as a document that does not parse', async () => {
  for (const text of [
    '[1,',
    '[1,]',
    '[,1]',
    '[1',
    '{"items":[1}',
    '[1] [2]',
    ']',
    '{"items":[1]',
  ]) {
    const documents = await cut(text)
    expect(() => documents.map((document): unknown => JSON.parse(document.text))).toThrow()
  }
})

test('only the items of the outermost object are cut', async () => {
  const text = '{"a":{"items":[1]},"key":"items","other":[2]}'
  expect(await values(text)).toEqual([JSON.parse(text)])
})
