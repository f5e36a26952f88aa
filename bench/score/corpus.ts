import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Recordings of real machines that live beside the repository and are never copied into it. */
const corpora = join(import.meta.dirname, '../../../shared/corpora')

/** Whether the corpus in folder `name` is there. */
export function hasCorpus(name: string): boolean {
  return existsSync(join(corpora, name))
}

/** Path of a file or folder of the corpora. */
export function corpusPath(...parts: readonly string[]): string {
  return join(corpora, ...parts)
}

/** Names in a folder of the corpora that end in `suffix`, without it, sorted. */
export async function corpusNames(folder: string, suffix: string): Promise<readonly string[]> {
  const names = await readdir(corpusPath(folder))
  return names
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort()
}

/** A JSON file of the corpora. */
export async function corpusJson(...parts: readonly string[]): Promise<unknown> {
  return JSON.parse(await readFile(corpusPath(...parts), 'utf8'))
}

/** Thousands of files that most probes do not read. */
const rarelyRead = ['power', 'cpuidle', 'hotplug', 'microcode', 'uevent', 'crash_notes*']

/**
 * Unpacks archives of one folder, but what is named in `unread`, into a temporary one, which goes when
 * the value is disposed.
 */
export async function unpacked(
  folder: string,
  names: readonly string[],
  unread: readonly string[] = rarelyRead,
) {
  const target = await mkdtemp(join(tmpdir(), 'assay-corpus-'))
  const runs = names.map(async (name) => {
    const archive = corpusPath(folder, name)
    const options = [
      ...unread.map((name) => `--exclude=${name}`),
      '--no-same-owner',
      '--delay-directory-restore',
      '--warning=none',
    ]
    const tar = Bun.spawn(['tar', ...options, '-C', target, '-xf', archive], { stderr: 'pipe' })
    if ((await tar.exited) !== 0) {
      throw new Error(`Cannot unpack ${name}: ${await new Response(tar.stderr).text()}`)
    }
  })
  await Promise.all(runs)
  return {
    root: target,
    [Symbol.asyncDispose]: () => rm(target, { recursive: true, force: true }),
  }
}
