import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { corpusPath } from './corpus.ts'

/** Unpacks an archive of Prometheus' `ttar` into a temporary folder, which goes with the value. */
export async function unpackedTtar(...parts: readonly string[]) {
  const root = await mkdtemp(join(tmpdir(), 'assay-corpus-'))
  const lines = (await readFile(corpusPath(...parts), 'utf8')).split('\n')
  for (let at = 0; at < lines.length; at++) {
    const [kind, ...rest] = (lines[at] ?? '').split(': ')
    const place = join(root, rest.join(': '))
    if (kind === 'Directory') await mkdir(place, { recursive: true })
    if (kind !== 'Path') continue
    await mkdir(dirname(place), { recursive: true })
    const [next, value = ''] = (lines[++at] ?? '').split(/: (.*)/s)
    if (next === 'SymlinkTo') await symlink(value, place)
    if (next !== 'Lines') continue
    const count = Number(value)
    const content = lines.slice(at + 1, at + 1 + count)
    at += count
    await writeFile(place, contentOf(content))
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

/** `NULLBYTE` stands for one, `EOF` for a last line without an end. */
function contentOf(lines: readonly string[]): string {
  const text = lines.length === 0 ? '' : `${lines.join('\n')}\n`
  return text
    .replace(/EOF\n$/, '')
    .replaceAll('NULLBYTE', '\0')
    .replaceAll('\\NULLBYTE', 'NULLBYTE')
}
