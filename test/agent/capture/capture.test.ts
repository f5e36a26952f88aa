import { readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { archiveOf, unpackArchive } from '../../../agent/capture/archive.ts'
import { captureMachine } from '../../../agent/capture/capture.ts'
import { discovered } from '../../../agent/discovery/discovered.ts'
import { rootedHost } from '../../../agent/host.ts'
import { corpusPath, hasCorpus, unpacked } from '../../../bench/score/corpus.ts'
import { systemClock } from '../../../protocol/system-effects.ts'
import { corpusTimeoutMs, describeCorpus } from '../discovery/corpora.ts'
import { machine } from '../discovery/machines.ts'

const never = new AbortController().signal
const discover = (root: string) => discovered(rootedHost(root), systemClock, never)
const capture = async (root: string) =>
  (await captureMachine(rootedHost(root), systemClock, never)).recording

/** Captures the machine, and expects the capture to be the same machine in every respect. */
async function expectSame(root: string): Promise<void> {
  const archive = archiveOf(await capture(root))
  await using recorded = await unpackArchive(archive)
  const original = await discover(root)
  expect(await discover(recorded.root)).toEqual(withoutRoot(original, root, recorded.root))
  const again = await capture(recorded.root)
  expect(Bun.hash(archiveOf(again))).toBe(Bun.hash(archive))
}

/** Messages of failed reads name the folder of the recording. */
function withoutRoot(value: unknown, from: string, to: string): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(from, to))
}

test('a capture of a recorded machine is that machine', async () => {
  await using recorded = await machine('qemu-q35-two-socket')
  await expectSame(recorded.root)
})

test('a capture holds only what was read', async () => {
  await using recorded = await machine('qemu-q35-two-socket')
  const { files, notes } = await capture(recorded.root)
  await using copy = await unpackArchive(archiveOf(await capture(recorded.root)))
  const folders = await readdir(copy.root)
  expect(folders.toSorted()).toEqual(['.assay', 'proc', 'sys'])
  expect(files.has('/proc/cpuinfo')).toBe(true)
  expect(notes.failures).toEqual({})
})

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
