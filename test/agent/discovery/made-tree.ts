import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Host, rootedHost } from '../../../agent/host.ts'

/** A recorded machine of these files, by path; it goes when the value is disposed. */
export async function madeTree(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<AsyncDisposable & { readonly root: string; readonly host: Host }> {
  const root = await mkdtemp(join(tmpdir(), 'assay-tree-'))
  await Promise.all(
    Object.entries(files).map(async ([path, content]) => {
      await mkdir(join(root, dirname(path)), { recursive: true })
      await writeFile(join(root, path), content)
    }),
  )
  return {
    root,
    host: rootedHost(root),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
