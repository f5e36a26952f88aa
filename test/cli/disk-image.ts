import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A file of zeros that may be imported where an image needs no GPT. */
export async function makeRawImage(
  sizeBytes: number,
): Promise<{ readonly file: string } & AsyncDisposable> {
  const dir = await mkdtemp(path.join(tmpdir(), 'assay-operator-'))
  const file = path.join(dir, 'raw.img')
  await writeFile(file, new Uint8Array(sizeBytes))
  return {
    file,
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}
