import fc from 'fast-check'
import { expect, test } from 'vitest'
import { yamlDocument } from '../../../server/exports/yaml.ts'

test('any values come back from a YAML library as they were', () => {
  const key = fc.oneof(
    fc.string({ minLength: 1, maxLength: 8 }),
    fc.constantFrom('on', 'y', 'a/b.c'),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(value, (held) => {
      const document = { held: JSON.parse(JSON.stringify(held)) }
      expect(Bun.YAML.parse(yamlDocument(document))).toEqual(document)
    }),
  )
})

test('texts that some version of YAML takes for something else are quoted', () => {
  const texts = ['on', '1_000', '2001-01-01', '0x1F', '~', '12e3', '1.0', '- x', '']
  expect(yamlDocument({ texts })).toBe(`texts:\n${texts.map((text) => `  - "${text}"\n`).join('')}`)
})
