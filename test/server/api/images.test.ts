import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openApiRig } from './api-rig.ts'
import type { ApiRig } from './api-rig.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
})
afterEach(() => rig.close())

const raw = new Blob([new Uint8Array(3 * 1024 * 1024).fill(5), new Uint8Array(2 * 1024 * 1024)])
const leftovers = () => readdir(path.join(rig.dir, 'incoming'))

test('an image is imported, listed, shown and removed', async () => {
  const { images } = rig.clients.operator
  const image = await images.import('lab', '1.0', raw, true)
  expect(image).toMatchObject({ name: 'lab', version: '1.0', sizeBytes: 5 * 1024 * 1024 })
  expect(image.blobSizeBytes).toBeLessThan(100_000)
  expect(await rig.clients.viewer.images.list()).toEqual([image])
  expect(await rig.clients.viewer.images.get('lab', '1.0')).toEqual(image)
  await expect(images.import('lab', '1.0', raw, true)).rejects.toMatchObject({ code: 'conflict' })
  await images.remove('lab', '1.0')
  await expect(images.get('lab', '1.0')).rejects.toMatchObject({ code: 'not-found' })
  expect(await leftovers()).toEqual([])
})

test('an image that makes no disk is refused without the name of our file', async () => {
  const { images } = rig.clients.operator
  const refused = async (blob: Blob) => {
    const error: unknown = await images.import('lab', '1', blob).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'unprocessable' })
    expect(String(error)).not.toContain('incoming')
  }
  await refused(raw)
  await refused(new Blob([]))
  await refused(raw.slice(0, 1000))
  expect(await leftovers()).toEqual([])
  expect(await images.list()).toEqual([])
})

test('a name that is none is refused before a byte is kept', async () => {
  const response = await rig.request('/v1/images/..%2F..%2Fx/1', {
    method: 'PUT',
    headers: { authorization: `Bearer ${rig.secrets.operator}` },
    body: raw,
  })
  expect(response.status).toBe(422)
  await expect(leftovers()).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a third import at the same time waits its turn outside', async () => {
  const { images } = rig.clients.operator
  const outcomes = await Promise.allSettled(
    ['1', '2', '3'].map((version) => images.import('lab', version, raw, true)),
  )
  const refused = outcomes.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(1)
  expect(refused[0]).toMatchObject({ reason: { code: 'too-many-requests' } })
})
