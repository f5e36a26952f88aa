import { readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

/** What STYLE and the architecture state about the source and a machine can check. */
const root = join(import.meta.dirname, '../..')
const files = [...new Bun.Glob('**/*.{ts,tsx,c,h}').scanSync({ cwd: root })]
  .filter((path) => !/^(node_modules|dist|\.cache|test\/machines)\//.test(path))
  .toSorted()
const sources = new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
const typescript = files.filter((path) => /\.tsx?$/.test(path))
const product = typescript.filter((path) => !/^(test|bench)\//.test(path))

/** Folder -> folders of the project it may import from, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  agent: ['protocol'],
  server: ['protocol', 'initramfs'],
  initramfs: ['protocol'],
  'ipxe-scripts': [],
  cli: ['protocol'],
  lab: ['protocol', 'initramfs'],
  bench: ['protocol', 'initramfs', 'lab', 'agent', 'server', 'cli'],
}

/** Folders inside the server: domain <- store, domain <- api; SQL in store, HTTP in api. */
const serverOuter = ['api', 'netboot', 'agent-port', 'web', 'tls']

function importsOf(path: string): readonly string[] {
  const text = sources.get(path) ?? ''
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)
  return [...found].map(([, target]) => normalize(join(dirname(path), target ?? '')))
}

const topOf = (path: string) => path.split('/')[0] ?? ''

describe('the source', () => {
  test('has no file over 400 lines', () => {
    const long = [...sources].filter(([, text]) => text.split('\n').length > 401)
    expect(long.map(([path]) => path)).toEqual([])
  })

  test('imports one way: agent -> protocol <- server, cli and lab', () => {
    const wrong = product.flatMap((path) =>
      importsOf(path)
        .filter((target) => {
          const [from, to] = [topOf(path), topOf(target)]
          if (from === to || to.includes('.')) return false
          return from in mayImport && !(mayImport[from] ?? []).includes(to)
        })
        .map((target) => `${path} -> ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test('keeps transports out of the domain and SQL in the store', () => {
    const outer = new RegExp(`^server/(${serverOuter.join('|')})/`)
    const wrong = product
      .filter((path) =>
        /^server\/(machines|sessions|allocation|deployment|matching|events|inventory|store)\//.test(
          path,
        ),
      )
      .flatMap((path) =>
        importsOf(path)
          .filter((target) => outer.test(target))
          .map((target) => `${path} -> ${target}`),
      )
    const sql = product.filter(
      (path) =>
        !path.startsWith('server/store/') &&
        /\b(INSERT INTO|SELECT .* FROM|bun:sqlite)/.test(sources.get(path) ?? ''),
    )
    expect([...wrong, ...sql]).toEqual([])
  })

  test('has decoders without I/O', () => {
    const io = typescript
      .filter((path) => path.startsWith('agent/discovery/decode/'))
      .filter((path) =>
        /from '(node:(fs|net|child_process|http|os)|bun|ws)/.test(sources.get(path) ?? ''),
      )
    expect(io).toEqual([])
  })

  test('takes time, randomness and the environment as parameters', () => {
    const allowed =
      /^(protocol\/system-effects\.ts|build\.ts|cli\/|lab\/|bench\/|server\/web\/|initramfs\/|.*main\.ts$)/
    const found = product
      .filter((path) => !allowed.test(path))
      .flatMap((path) =>
        [
          ...(sources.get(path) ?? '').matchAll(
            /\b(Date\.now|Math\.random|setInterval|setTimeout|process\.env)\b/g,
          ),
        ].map(([word]) => `${path}: ${word}`),
      )
    expect(found).toEqual([])
  })

  test('leaves nothing for later and switches no check off without a reason', () => {
    const found = files
      .filter((path) => !path.startsWith('test/tidy/'))
      .flatMap((path) =>
        [
          ...(sources.get(path) ?? '').matchAll(
            /\b(TODO|FIXME|XXX|HACK)\b|\b(?:test|describe|it)\.(?:skip|only)\(|@ts-(?:ignore|expect-error)(?! -- )|as any\b|oxlint-disable(?!.* -- )/g,
          ),
        ].map(([word]) => `${path}: ${word}`),
      )
    expect(found).toEqual([])
  })

  test('has no file that nothing reaches', () => {
    const reached = new Set(files.flatMap((path) => importsOf(path)))
    const entries =
      /(^|\/)main\.tsx?$|^build\.ts$|^vitest\.config\.ts$|^bench\/|^test\/|worker\.ts$|\.d\.ts$/
    const mentioned = [...sources.values()].join('\n')
    const dead = product.filter(
      (path) =>
        !entries.test(path) &&
        !reached.has(path) &&
        !mentioned.includes(relative(root, join(root, path))),
    )
    expect(dead).toEqual([])
  })

  test('names files in kebab case and has no default export or barrel', () => {
    const names = typescript.filter((path) => !/^[a-z0-9.-]+$/.test(path.split('/').at(-1) ?? ''))
    const barrels = product.filter((path) =>
      /^export (\*|\{[^}]*\}) from/m.test(sources.get(path) ?? ''),
    )
    const defaults = product.filter(
      (path) => path !== 'vitest.config.ts' && /^export default /m.test(sources.get(path) ?? ''),
    )
    expect([...names, ...barrels, ...defaults]).toEqual([])
  })
})
