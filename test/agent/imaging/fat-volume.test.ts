import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildFatVolume } from '../../../agent/imaging/fat-volume.ts'
import { mib, temporaryDirectory } from './fixtures.ts'

const options = {
  sizeBytes: mib,
  sectorSizeBytes: 512,
  label: 'CIDATA',
  volumeId: 0x1234abcd,
  hiddenSectors: 2048,
}

const sizes = fc
  .oneof(fc.integer({ min: 200, max: 8192 }), fc.integer({ min: 4085, max: 4300 }))
  .map((sectors) => ({ sizeBytes: sectors * 512, sectorSizeBytes: 512 }))
const largeSectors = fc
  .integer({ min: 30, max: 1024 })
  .map((sectors) => ({ sizeBytes: sectors * 4096, sectorSizeBytes: 4096 }))
const files = fc.dictionary(
  fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,40}[a-z0-9]$/),
  fc.uint8Array({ maxLength: 9000 }),
  { maxKeys: 6 },
)

describe('buildFatVolume', () => {
  test('makes volumes that fsck.fat passes and mtools reads back, whatever the size', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'volume')
    await fc.assert(
      fc.asyncProperty(fc.oneof(sizes, largeSectors), files, async (size, content) => {
        await writeFile(file, buildFatVolume(content, { ...options, ...size }))
        execFileSync('fsck.fat', ['-n', file], { stdio: 'pipe' })
        for (const [name, bytes] of Object.entries(content)) {
          const copy = join(directory.path, 'copy')
          execFileSync('mcopy', ['-n', '-o', '-i', file, `::${name}`, copy], { stdio: 'pipe' })
          expect(Buffer.compare(await readFile(copy), bytes)).toBe(0)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('bears the label cloud-init looks for', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'volume')
    await writeFile(file, buildFatVolume({ 'meta-data': new Uint8Array(9) }, options))
    const found = execFileSync('blkid', ['-p', '-o', 'export', file], { encoding: 'utf8' })
    expect(found).toMatch(/^LABEL=CIDATA$/m)
    expect(found).toMatch(/^TYPE=vfat$/m)
  })

  test('gives the same bytes for the same input', () => {
    const build = () => buildFatVolume({ 'user-data': new Uint8Array(5000) }, options)
    expect(Buffer.compare(build(), build())).toBe(0)
  })

  test('refuses files that do not fit and volumes that are too small', () => {
    const content = { large: new Uint8Array(mib) }
    expect(() => buildFatVolume(content, options)).toThrow(/seed does not fit a volume of 1048576/)
    expect(() => buildFatVolume({}, { ...options, sizeBytes: 8192 })).toThrow(/too few for a FAT/)
  })
})
