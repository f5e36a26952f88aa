import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  makeDirtyFile,
  makeImage,
  mib,
  serveFiles,
  temporaryDirectory,
  usualDisk,
} from './fixtures.ts'

const spec = usualDisk(18 * mib)
const child = join(import.meta.dirname, 'write-child.ts')

/** Writes in a child process that is killed at the request `path` number `count`; null: it lives. */
async function writeAndKill(path: string, count: number) {
  await using directory = await temporaryDirectory()
  const { raw, image } = await makeImage(directory.path, spec)
  const file = join(directory.path, 'target')
  await makeDirtyFile(file, spec)
  const files = {
    '/blob': await readFile(image.blobFile),
    '/index': await readFile(image.indexFile),
    '/confirm': new Uint8Array(1),
  }
  const reached = Promise.withResolvers<'reached'>()
  let seen = 0
  await using server = await serveFiles(files, (_, asked) => {
    if (asked === path) seen += 1
    if (seen < count) return 'none'
    reached.resolve('reached')
    return 'stall'
  })
  const process = Bun.spawn([globalThis.process.execPath, child, server.url, file], {
    stdout: 'ignore',
    stderr: 'inherit',
  })
  await Promise.race([reached.promise, process.exited])
  process.kill('SIGKILL')
  await process.exited
  return { disk: await readFile(file), raw, exitCode: process.exitCode }
}

describe('a write whose process is killed', () => {
  test.each([
    ['/blob', 1],
    ['/blob', 3],
    ['/confirm', 1],
  ] as const)('at request %s %d leaves both ends zero', async (path, count) => {
    const { disk, raw } = await writeAndKill(path, count)
    expect(disk.subarray(0, mib).every((byte) => byte === 0)).toBe(true)
    expect(disk.subarray(-33 * 512).every((byte) => byte === 0)).toBe(true)
    if (path !== '/confirm') return
    expect(Buffer.compare(disk.subarray(mib, 17 * mib), raw.subarray(mib, 17 * mib))).toBe(0)
  })

  test('not at all boots: the same write, left alone, gives the whole image', async () => {
    const { disk, raw, exitCode } = await writeAndKill('/none', 1)
    expect(exitCode).toBe(0)
    expect(Buffer.compare(disk, raw)).toBe(0)
  })
})
