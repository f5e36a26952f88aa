import { readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { corpusPath, hasCorpus, unpacked } from '../../bench/score/corpus.ts'
import { expectSame } from '../agent/capture/same-machine.ts'
import { corpusTimeoutMs, describeCorpus } from '../agent/discovery/corpora.ts'

const archives = ['ghw/snapshots', 'util-linux-lsblk/dumps', 'hwloc-linux-sample'] as const

describe('a capture of a machine of the corpora is that machine', () => {
  for (const folder of archives) {
    describeCorpus(folder, folder, () => {
      test.each(archiveNames(folder))(
        '%s',
        (name) => expectSameArchive(folder, name),
        corpusTimeoutMs,
      )
    })
  }
})

function archiveNames(folder: string): readonly string[] {
  if (!hasCorpus(folder)) return []
  return readdirSync(corpusPath(folder)).filter((name) => /\.tar(\.\w+)?$/.test(name))
}

async function expectSameArchive(folder: string, name: string): Promise<void> {
  await using tree = await unpacked(folder, [name])
  await expectSame(await machineRoot(tree.root))
}

/** The folder with proc or sys, which may lie deeper. */
async function machineRoot(root: string): Promise<string> {
  const names = await readdir(root)
  if (names.includes('sys') || names.includes('proc')) return root
  const [only] = names
  if (only === undefined) throw new Error(`${root} is empty`)
  return machineRoot(join(root, only))
}
