import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generateSigningKey } from '../../../protocol/signing.ts'
import { ImageStore } from '../../../server/images/image-store.ts'
import { importRawImage } from '../../../server/images/import.ts'
import { makeRawImage, mib, temporaryDirectory, usualDisk } from '../../agent/imaging/fixtures.ts'

async function storeWith(directory: string, images: readonly (readonly [string, string])[]) {
  const file = join(directory, 'disk.raw')
  await makeRawImage(file, usualDisk(5 * mib))
  const store = new ImageStore(join(directory, 'images'))
  for (const [at, [name, version]] of images.entries()) {
    await importRawImage({
      file,
      name,
      version,
      kind: 'disk',
      signingKey: generateSigningKey(),
      outDir: store.directory,
      createdAt: 1_700_000_000_000 + at,
    })
  }
  return store
}

describe('an image store', () => {
  test('is empty before its directory is there', async () => {
    await using directory = await temporaryDirectory()
    const store = new ImageStore(join(directory.path, 'none'))
    expect(await store.list()).toEqual([])
    await expect(store.get('a', null)).rejects.toThrow(/^no image is named 'a'$/)
  })

  test('lists by name, the newest of a name first, and leaves drafts out', async () => {
    await using directory = await temporaryDirectory()
    const names = [
      ['lab', '2'],
      ['app', '1'],
      ['lab', '10'],
    ] as const
    const store = await storeWith(directory.path, names)
    await mkdir(join(store.directory, '.import-x'))
    const found = (await store.list()).map(
      ({ signed: { index } }) => `${index.name}@${index.version}`,
    )
    expect(found).toEqual(['app@1', 'lab@10', 'lab@2'])
    expect((await store.get('lab', null)).signed.index.version).toBe('10')
    expect((await store.get('lab', '2')).blobFile).toBe(store.paths('lab', '2').blobFile)
  })

  test('removes one version', async () => {
    await using directory = await temporaryDirectory()
    const store = await storeWith(directory.path, [
      ['lab', '1'],
      ['lab', '2'],
    ])
    await store.remove('lab', '2')
    expect((await store.get('lab', null)).signed.index.version).toBe('1')
    await expect(store.remove('lab', '2')).rejects.toThrow(/^no image is named 'lab@2'$/)
  })

  test.each(['..', 'a/b', '', '.hidden', 'Ä'])('leads nowhere for the name %j', async (name) => {
    await using directory = await temporaryDirectory()
    const store = new ImageStore(directory.path)
    expect(() => store.paths(name, '1')).toThrow(/^image name /)
    expect(() => store.paths('a', name)).toThrow(/^image version /)
  })

  test('names the index that is damaged', async () => {
    await using directory = await temporaryDirectory()
    const store = await storeWith(directory.path, [['lab', '1']])
    const { indexFile } = store.paths('lab', '1')
    await writeFile(indexFile, '{')
    await expect(store.list()).rejects.toThrow(/index.json' is not JSON$/)
    await writeFile(indexFile, '{}')
    await expect(store.list()).rejects.toThrow(/index.json' is malformed/)
  })
})
