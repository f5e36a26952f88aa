import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { zeroProven } from '../../../agent/imaging/disk.ts'
import { openFileDisk } from '../../../agent/imaging/file-disk.ts'
import { describeDisk } from './disk-contract.ts'
import { fileIdentity, mib, noise, temporaryDirectory, usualDisk } from './fixtures.ts'

let home: Awaited<ReturnType<typeof temporaryDirectory>>

beforeAll(async () => {
  home = await temporaryDirectory()
})

afterAll(() => home[Symbol.asyncDispose]())

async function open(logicalBlockSizeBytes: 512 | 4096) {
  const spec = usualDisk(8 * mib, logicalBlockSizeBytes)
  const file = join(home.path, `disk-${logicalBlockSizeBytes}`)
  await writeFile(file, noise(spec.sizeBytes, 2))
  return await openFileDisk(file, fileIdentity(spec))
}

describe('a file disk of 512-byte sectors', () => describeDisk(() => open(512)))
describe('a file disk of 4096-byte sectors', () => describeDisk(() => open(4096)))

describe('zeroProven', () => {
  test('throws when the disk kept its bytes', async () => {
    await using disk = await open(512)
    const keeping = { ...disk, zero: () => Promise.resolve('punched' as const) }
    await expect(zeroProven(keeping, mib, mib)).rejects.toThrow(/is not zero where it was cleared/)
  })
})
