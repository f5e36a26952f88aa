import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { archiveOf, unpackArchive } from '../../../agent/capture/archive.ts'
import { machine } from '../discovery/machines.ts'
import { capture, expectSame } from './same-machine.ts'

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
