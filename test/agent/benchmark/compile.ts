import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own that goes away with the test file. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'assay-benchmark-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Compiles a program as the build does, with every warning an error. */
export async function compile(source: string, output: string): Promise<void> {
  const flags = ['-std=gnu11', '-O2', '-static', '-Wall', '-Wextra', '-Wpedantic', '-Werror']
  const child = Bun.spawn(['musl-gcc', ...flags, '-o', output, source, '-pthread', '-lm'], {
    stderr: 'pipe',
  })
  const said = await new Response(child.stderr).text()
  if ((await child.exited) !== 0) throw new Error(`Cannot compile ${source}: ${said}`)
}
