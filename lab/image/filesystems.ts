import { chmod, link, mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Commands } from '../commands.ts'

/** What a file system is filled with, by path. */
export type Tree = ReadonlyMap<string, TreeEntry>
export type TreeEntry =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly mode: number }
  /** A further name of the file at `target`, which comes earlier in the tree. */
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'directory' }

/** All times in the image: 2026-01-01. */
const fixedSeconds = Date.UTC(2026, 0, 1) / 1000

/**
 * Makes a FAT16 file system that holds `tree`; `file` has its size already. Firmware and GRUB read
 * it cluster by cluster, so clusters are large: 16 KiB.
 */
export async function makeFat16(
  commands: Commands,
  file: string,
  label: string,
  tree: Tree,
  stagingDirectory: string,
): Promise<void> {
  await stage(stagingDirectory, tree)
  const format = ['-F', '16', '-s', '32', '-n', label, '-i', 'a55a7001', '--invariant']
  await commands.run(['mkfs.vfat', ...format, file])
  const names = (await readdir(stagingDirectory)).map((name) => join(stagingDirectory, name))
  await commands.run(['mcopy', '-s', '-m', '-i', file, ...names, '::'], {
    environment: { TZ: 'UTC', MTOOLS_SKIP_CHECK: '1' },
  })
}

/** Makes an ext4 file system that holds `tree`, all owned by root; `file` has its size already. */
export async function makeExt4(
  commands: Commands,
  file: string,
  uuid: string,
  tree: Tree,
  stagingDirectory: string,
): Promise<void> {
  await stage(stagingDirectory, tree)
  const extended = `hash_seed=${uuid},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0`
  const identity = ['-U', uuid, '-E', extended, '-d', stagingDirectory]
  await commands.run(
    ['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '4096', '-m', '0', ...identity, file],
    {
      environment: { E2FSPROGS_FAKE_TIME: String(fixedSeconds) },
    },
  )
  // mke2fs takes owner and change time from the files it copies.
  const paths = ['/', ...[...withParents(tree).keys()].map((path) => `/${path}`)]
  const fields = ['uid 0', 'gid 0', `ctime @${fixedSeconds}`, 'ctime_extra 0', 'atime_extra 0']
  const script = paths.flatMap((path) => fields.map((field) => `sif ${path} ${field}`))
  await commands.run(['debugfs', '-w', '-f', '-', file], {
    input: `${script.join('\n')}\n`,
    environment: { E2FSPROGS_FAKE_TIME: String(fixedSeconds) },
  })
}

async function stage(directory: string, tree: Tree): Promise<void> {
  const entries = [...withParents(tree)]
  await mkdir(directory, { recursive: true })
  for (const [path, entry] of entries) {
    const target = join(directory, path)
    if (entry.kind === 'directory') await mkdir(target, { recursive: true })
    else if (entry.kind === 'link') await link(join(directory, entry.target), target)
    else {
      await writeFile(target, entry.bytes)
      await chmod(target, entry.mode)
    }
  }
  for (const [path] of entries.toReversed()) {
    await utimes(join(directory, path), fixedSeconds, fixedSeconds)
  }
  await utimes(directory, fixedSeconds, fixedSeconds)
}

/** Every parent first, sorted, then what is in them. */
function withParents(tree: Tree): Tree {
  const parents = new Set<string>()
  for (const path of tree.keys()) {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) parents.add(at)
  }
  const directories = [...parents].toSorted().map((path) => [path, directory] as const)
  return new Map([...directories, ...tree])
}

const directory: TreeEntry = { kind: 'directory' }
