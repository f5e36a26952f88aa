import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rootedHost } from '../../../agent/host.ts'
import { loadDecompressor } from '../../../agent/imaging/decompress.ts'
import { openFileDisk } from '../../../agent/imaging/file-disk.ts'
import { createImager } from '../../../agent/imaging/imager.ts'
import type { ImagerDeps } from '../../../agent/imaging/imager.ts'
import { WriteError } from '../../../agent/imaging/write-image.ts'
import { diskIdentityOf, prepareEvidenceSchema } from '../../../protocol/deployment.ts'
import type { DeployPlan } from '../../../protocol/deployment.ts'
import { type Disk, noStorage } from '../../../protocol/facts/storage.ts'
import { indexDigest, signIndex } from '../../../protocol/image.ts'
import type { SignedIndex } from '../../../protocol/image.ts'
import { generateSigningKey } from '../../../protocol/signing.ts'
import {
  makeDirtyFile,
  makeImage,
  mib,
  serveFiles,
  temporaryDirectory,
  testEffects,
  usualDisk,
} from './fixtures.ts'
import type { ImageFixture, RangeServer } from './fixtures.ts'

const spec = usualDisk(10 * mib)
const facts: Disk = {
  name: 'vda',
  transport: 'virtio',
  vendor: null,
  model: null,
  serial: 'DISK-1',
  wwn: null,
  eui64: null,
  nguid: null,
  firmware: null,
  sizeBytes: spec.sizeBytes,
  logicalBlockSizeBytes: 512,
  physicalBlockSizeBytes: 512,
  rotational: false,
  removable: false,
  readOnly: false,
  holders: [],
  partitions: [],
  pciAddress: null,
  numaNode: null,
  attachment: null,
  health: null,
}

let home: Awaited<ReturnType<typeof temporaryDirectory>>
let fixture: ImageFixture
let files: Record<string, Uint8Array>
let server: RangeServer

beforeAll(async () => {
  home = await temporaryDirectory()
  fixture = await makeImage(home.path, spec)
  files = { '/blob': await readFile(fixture.image.blobFile) }
  server = await serveFiles(files)
  serveIndex(fixture.image.signed)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await home[Symbol.asyncDispose]()
})

function serveIndex(signed: SignedIndex): void {
  files['/index'] = new TextEncoder().encode(JSON.stringify(signed))
}

function planFor(signed: SignedIndex, change: Partial<DeployPlan> = {}): DeployPlan {
  const { name, version } = signed.index
  return {
    image: {
      name,
      version,
      indexDigest: indexDigest(signed.index),
      indexUrl: `${server.url}/index`,
      blobUrl: `${server.url}/blob`,
    },
    disk: diskIdentityOf(facts),
    seed: { files: { 'meta-data': 'instance-id: m1\n' } },
    ...change,
  }
}

/** An imager on a machine whose only disk is a fresh dirty file. */
async function makeMachine(
  change: Partial<ImagerDeps> & { readonly disks?: readonly Disk[] } = {},
) {
  const file = join(home.path, `disk-${crypto.randomUUID()}`)
  await makeDirtyFile(file, spec)
  const { sizeBytes: _, ...identity } = diskIdentityOf(facts)
  const imager = createImager({
    host: rootedHost(home.path),
    storage: () => Promise.resolve({ ...noStorage, disks: change.disks ?? [facts] }),
    openDisk: () => openFileDisk(file, identity),
    effects: testEffects,
    decompressor: loadDecompressor(),
    imageKeys: [fixture.key.publicKey],
    now: () => 1_700_000_000_000,
    ...change,
  })
  return { imager, file, before: await readFile(file) }
}

const { signal } = new AbortController()
const hooks = { onProgress: () => {}, confirmHead: async () => {}, signal }

describe('an imager', () => {
  test('prepares without writing a byte and writes what it prepared', async () => {
    const { imager, file, before } = await makeMachine()
    const plan = planFor(fixture.image.signed)
    const evidence = await imager.prepare(plan, signal)
    expect(prepareEvidenceSchema.parse(evidence)).toEqual(evidence)
    expect(evidence).toMatchObject({ diskPath: '/dev/vda', signatures: ['gpt'] })
    expect(evidence.guards).toContain('not-shared')
    expect(Buffer.compare(await readFile(file), before)).toBe(0)

    const { bytesWritten } = await imager.write(plan, evidence, hooks)
    expect(bytesWritten).toBe(spec.sizeBytes)
    const written = await readFile(file)
    expect(Buffer.compare(written.subarray(3 * mib), fixture.raw.subarray(3 * mib))).toBe(0)
    expect(Buffer.compare(written.subarray(0, 2 * mib), fixture.raw.subarray(0, 2 * mib))).toBe(0)
    expect(written.subarray(2 * mib, 3 * mib).includes('instance-id: m1')).toBe(true)
  })

  test('writes nothing when the disk changed after it was prepared', async () => {
    const { imager, file, before } = await makeMachine()
    const plan = planFor(fixture.image.signed)
    const evidence = await imager.prepare(plan, signal)
    before[100] = (before[100] ?? 0) ^ 1
    await writeFile(file, before)
    const error = await imager.write(plan, evidence, hooks).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(WriteError)
    expect(error).toMatchObject({ touched: false })
    expect(String(error instanceof Error ? error.cause : '')).toMatch(/not as it was/)
    expect(Buffer.compare(await readFile(file), before)).toBe(0)
  })

  test('refuses a second disk with the same serial', async () => {
    const { imager } = await makeMachine({ disks: [facts, { ...facts, name: 'vdb' }] })
    await expect(imager.prepare(planFor(fixture.image.signed), signal)).rejects.toThrow(
      /guard 'unique': disk 'vdb' has the same serial 'DISK-1'$/,
    )
  })

  test('refuses a disk that others may be using', async () => {
    const { imager, file, before } = await makeMachine()
    before.set([0x0d, 0xd0, 0x01, 0xc0], mib)
    await writeFile(file, before)
    await expect(imager.prepare(planFor(fixture.image.signed), signal)).rejects.toThrow(
      /guard 'not-shared': it holds vmfs$/,
    )
  })

  test('refuses a seed where the image has no place for it', async () => {
    const { image } = fixture
    const gpt = image.signed.index.gpt
    const partitions = gpt?.partitions.filter(({ name }) => name !== 'CIDATA') ?? []
    const index = { ...image.signed.index, gpt: gpt === null ? null : { ...gpt, partitions } }
    const signed = signIndex(fixture.key, index)
    serveIndex(signed)
    const { imager } = await makeMachine()
    await expect(imager.prepare(planFor(signed), signal)).rejects.toThrow(
      /no partition named CIDATA/,
    )
    serveIndex(image.signed)
  })

  test.each([
    [
      'by a key that is not trusted',
      () => signIndex(generateSigningKey(), fixture.image.signed.index),
      /no trusted key/,
    ],
    [
      'that was altered',
      () => ({ ...fixture.image.signed, index: { ...fixture.image.signed.index, version: '2' } }),
      /was altered/,
    ],
    [
      'that expired',
      () => signIndex(fixture.key, { ...fixture.image.signed.index, expiresAt: 5 }),
      /expired at 1970/,
    ],
  ] as const)('refuses an index %s', async (_, make, message) => {
    const signed = make()
    serveIndex(signed)
    const { imager } = await makeMachine()
    await expect(imager.prepare(planFor(signed), signal)).rejects.toThrow(message)
    serveIndex(fixture.image.signed)
  })

  test('refuses an index that is not the one of the plan', async () => {
    serveIndex(signIndex(fixture.key, { ...fixture.image.signed.index, version: '2' }))
    const { imager } = await makeMachine()
    await expect(imager.prepare(planFor(fixture.image.signed), signal)).rejects.toThrow(
      /holds another index than the plan's 'test@1'$/,
    )
    serveIndex(fixture.image.signed)
  })

  test('refuses a disk that became another one between finding and opening it', async () => {
    const { imager } = await makeMachine({
      openDisk: async () => {
        const file = join(home.path, 'other')
        await makeDirtyFile(file, spec)
        return await openFileDisk(file, {
          transport: 'virtio',
          serial: 'DISK-2',
          wwn: null,
          model: null,
          logicalBlockSizeBytes: 512,
        })
      },
    })
    await expect(imager.prepare(planFor(fixture.image.signed), signal)).rejects.toThrow(
      /became another disk meanwhile$/,
    )
  })
})
