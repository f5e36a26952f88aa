import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { buildWeb } from '../../../server/web/build.ts'

test('the page is built into files that its policy allows', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'assay-operator-'))
  try {
    await buildWeb(path.join(dir, 'web'))
    const files = (await readdir(path.join(dir, 'web'))).toSorted()
    expect(files).toHaveLength(3)
    const html = await readFile(path.join(dir, 'web/index.html'), 'utf8')
    for (const file of files.filter((name) => name !== 'index.html')) {
      expect(file).toMatch(/^(main|page)-\w{8}\.(js|css)$/)
      expect(html).toContain(`"/assets/${file}"`)
    }
    expect(html).not.toMatch(/<style|style=|<script(?! type="module" src="\/assets\/)/)
    const script = await readFile(path.join(dir, 'web', files.find((n) => n.endsWith('.js')) ?? ''))
    // What the page weighs is what an operator waits for.
    expect(script.length).toBeLessThan(250_000)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
