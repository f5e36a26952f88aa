import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findAttribute } from '../../../protocol/attributes.ts'
import { importFormats } from '../../../protocol/imports.ts'

const page = await Bun.file(join(import.meta.dirname, '../../../docs/import.md')).text()

test('the page has a part for every format', () => {
  const parts = [...page.matchAll(/^## `([a-z0-9]+)`$/gm)].map(([, format]) => format)
  expect(parts).toEqual([...importFormats])
})

test('every attribute that the page names is in the registry', () => {
  const named = [...page.matchAll(/`((?:cpu|memory|gpu|nic|storage|system|firmware)\.\w+)`/g)]
  const names = new Set(named.map(([, name = '']) => name))
  expect(names.size).toBeGreaterThan(20)
  expect([...names].filter((name) => findAttribute(name) === null)).toEqual([])
})
