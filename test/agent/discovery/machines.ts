import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const machines = join(import.meta.dirname, '../../machines')

/** Facts of a recorded machine by class, as it was found to be. */
export async function machineFacts(name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(machines, name, 'facts.json'), 'utf8'))
}

/** A recorded machine of ours, unpacked into a folder that goes when the value is disposed. */
export async function machine(name: string) {
  const root = await mkdtemp(join(tmpdir(), 'assay-machine-'))
  const archive = join(machines, name, 'machine.tar.gz')
  const tar = Bun.spawn(['tar', '--no-same-owner', '-C', root, '-xzf', archive], { stderr: 'pipe' })
  if ((await tar.exited) !== 0) {
    throw new Error(`Cannot unpack ${archive}: ${await new Response(tar.stderr).text()}`)
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}
