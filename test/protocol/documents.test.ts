import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodersDocument } from '../agent/discovery/decoders-document.ts'
import { factsDocument } from './facts-document.ts'
import { schemaConstants } from './schema-source.ts'

const page = (name: string) => readFile(join(import.meta.dirname, '../../docs', name), 'utf8')

test('docs/facts.md is what the schemas say (npm run docs)', async () => {
  expect(await page('facts.md')).toBe(factsDocument())
})

test('docs/decoders.md is what the tables say (npm run docs)', async () => {
  expect(await page('decoders.md')).toBe(decodersDocument())
})

test('a schema is printed with its comments, nested objects and lists', () => {
  const source = `
/** A thing. */
export const thing = z.strictObject({
  /** Its name. */
  name: textOrNull,
  parts: z
    .array(
      z.strictObject({
        /** In millimetres. */
        lengthMm: count,
        kind: z.enum(['a', 'b']).nullable(),
      }),
    )
    .max(8),
  ends: z.array(z.strictObject({ at: hex(4) })).max(2),
})

const longer = thing.extend({ more: z.boolean() })
`
  expect(schemaConstants(source)).toMatchObject([
    {
      name: 'thing',
      meaning: 'A thing.',
      rows: [
        { path: 'name', type: 'text or null', meaning: 'Its name.' },
        { path: 'parts', type: 'list of objects', meaning: '' },
        { path: 'parts[].lengthMm', type: 'whole number', meaning: 'In millimetres.' },
        { path: 'parts[].kind', type: 'one of `a`, `b` or null', meaning: '' },
        { path: 'ends', type: 'list of objects', meaning: '' },
        { path: 'ends[].at', type: '4 hex digits', meaning: '' },
      ],
    },
    { name: 'longer', rows: [{ path: '…', type: 'as `thing`' }] },
  ])
})
