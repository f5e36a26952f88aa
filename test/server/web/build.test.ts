import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { buildWeb } from '../../../server/web/build.ts'

test('the page is built into files that its policy allows', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'assay-operator-'))
  try {
    await buildWeb(path.join(dir, 'web'))
    const files = (await readdir(path.join(dir, 'web'))).toSorted()
    const html = await readFile(path.join(dir, 'web/index.html'), 'utf8')
    for (const file of files.filter((name) => name !== 'index.html')) {
      expect(file).toMatch(/^(main-\w{8}\.js|page-\w{8}\.css|part-\w{8}\.js)$/)
      expect(html.includes(`"/assets/${file}"`)).toBe(!file.startsWith('part-'))
    }
    expect(html).not.toMatch(/<style|style=|<script(?! type="module" src="\/assets\/)/)
    // What the page weighs is what an operator waits for: first to see machines, then to ask for some.
    const main = files.find((name) => name.startsWith('main-')) ?? ''
    const first = await withImports(path.join(dir, 'web'), main)
    expect(first.sizeBytes).toBeLessThan(250_000)
    const all = files.filter((name) => name.endsWith('.js'))
    expect(first.files.length).toBeLessThan(all.length)
    const weights = await Promise.all(all.map((name) => sizeOf(path.join(dir, 'web', name))))
    const rest = weights.reduce((sum, size) => sum + size, 0) - first.sizeBytes
    expect(rest).toBeLessThan(250_000)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

/** A script with all that it imports before it runs. */
async function withImports(
  dir: string,
  entry: string,
): Promise<{ readonly files: readonly string[]; readonly sizeBytes: number }> {
  const files = [entry]
  for (const file of files) {
    const text = await readFile(path.join(dir, file), 'utf8')
    for (const [, name = ''] of text.matchAll(/(?:from|import)"\.\/([\w.-]+)"/g)) {
      if (!files.includes(name)) files.push(name)
    }
  }
  const sizes = await Promise.all(files.map((file) => sizeOf(path.join(dir, file))))
  return { files, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) }
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file)).size
}
