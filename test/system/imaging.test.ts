import { execFileSync } from 'node:child_process'
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { liveHost } from '../../agent/host.ts'
import { openBlockDisk } from '../../agent/imaging/block-disk.ts'
import { loadDecompressor } from '../../agent/imaging/decompress.ts'
import { hostBlockDevices } from '../../agent/imaging/disk-catalog.ts'
import { readRange, zeroProven } from '../../agent/imaging/disk.ts'
import type { Disk } from '../../agent/imaging/disk.ts'
import { createImager } from '../../agent/imaging/imager.ts'
import { diskIdentityOf } from '../../protocol/deployment.ts'
import type { DeployPlan } from '../../protocol/deployment.ts'
import { type Disk as DiskFacts, noStorage } from '../../protocol/facts/storage.ts'
import { indexDigest } from '../../protocol/image.ts'
import { describeDisk } from '../agent/imaging/disk-contract.ts'
import {
  makeDirtyFile,
  makeImage,
  mib,
  noise,
  serveFiles,
  temporaryDirectory,
  testEffects,
  usualDisk,
} from '../agent/imaging/fixtures.ts'
import type { DiskSpec } from '../agent/imaging/fixtures.ts'

/** Loop devices: real block devices of the running kernel. Needs root. */
function run(tool: string, ...options: readonly string[]): string {
  return execFileSync(tool, options, { encoding: 'utf8', stdio: 'pipe' }).trim()
}

interface Loop extends AsyncDisposable {
  readonly path: string
  readonly facts: DiskFacts
}

/** A loop device that scans for partitions, described as the storage probe describes a disk. */
function attach(file: string, spec: DiskSpec, ...options: readonly string[]): Loop {
  const sector = String(spec.logicalBlockSizeBytes)
  const path = run('losetup', '-f', '--show', '-P', '--sector-size', sector, ...options, file)
  return {
    path,
    facts: {
      name: basename(path),
      transport: 'other',
      vendor: null,
      model: 'loop',
      serial: `LOOP-${basename(file)}`,
      wwn: null,
      eui64: null,
      nguid: null,
      firmware: null,
      sizeBytes: spec.sizeBytes,
      logicalBlockSizeBytes: spec.logicalBlockSizeBytes,
      physicalBlockSizeBytes: spec.logicalBlockSizeBytes,
      rotational: false,
      removable: false,
      readOnly: false,
      holders: [],
      partitions: [],
      pciAddress: null,
      numaNode: null,
      attachment: null,
      health: null,
    },
    async [Symbol.asyncDispose]() {
      run('losetup', '-d', path)
    },
  }
}

const storageOf = (loop: Loop) => () => Promise.resolve({ ...noStorage, disks: [loop.facts] })

const devicesOf = (loop: Loop) => hostBlockDevices(liveHost(), storageOf(loop))
const openLoop = (loop: Loop) => openBlockDisk(loop.path, devicesOf(loop))

/** Kernels of virtual machines may be built without GPT: partx tells them what the table says. */
async function openScanned(loop: Loop): Promise<Disk> {
  const disk = await openLoop(loop)
  return {
    ...disk,
    async rereadPartitions() {
      const found = await disk.rereadPartitions()
      if (found !== 0) return found
      run('partx', '-u', loop.path)
      const number = run('lsblk', '-dnro', 'MAJ:MIN', loop.path)
      return await devicesOf(loop).countPartitions(number)
    },
  }
}

describe.each([512, 4096] as const)('a loop device of %d-byte sectors', (sector) => {
  const spec = usualDisk(8 * mib, sector)

  describeDisk(async () => {
    const directory = await temporaryDirectory()
    const file = join(directory.path, 'disk')
    await writeFile(file, noise(spec.sizeBytes, 1))
    const loop = attach(file, spec)
    const disk = await openLoop(loop)
    return {
      ...disk,
      async [Symbol.asyncDispose]() {
        await disk[Symbol.asyncDispose]()
        await loop[Symbol.asyncDispose]()
        await directory[Symbol.asyncDispose]()
      },
    }
  })

  test('is held exclusively while it is open', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'disk')
    await writeFile(file, noise(spec.sizeBytes, 1))
    await using loop = attach(file, spec)
    await using disk = await openLoop(loop)
    await expect(openLoop(loop)).rejects.toThrow(/^disk '.*' is in use/)
    expect((await readRange(disk, 0, sector)).length).toBe(sector)
  })
})

describe('a loop device that cannot punch holes', () => {
  test('is zeroed by writing, and proven', async () => {
    await using directory = await temporaryDirectory()
    run('mount', '-t', 'ramfs', 'ramfs', directory.path)
    try {
      const spec = usualDisk(8 * mib)
      const file = join(directory.path, 'disk')
      await writeFile(file, noise(spec.sizeBytes, 1))
      await using loop = attach(file, spec)
      await using disk = await openLoop(loop)
      expect(await disk.zero(mib, 3 * mib)).toBe('written')
      await zeroProven(disk, 4 * mib, 4 * mib)
      const found = await readRange(disk, 0, spec.sizeBytes)
      expect(found.subarray(mib).every((byte) => byte === 0)).toBe(true)
      expect(found.subarray(0, mib)).toEqual(noise(spec.sizeBytes, 1).subarray(0, mib))
    } finally {
      run('umount', '-l', directory.path)
    }
  })
})

interface Setup {
  readonly imageSpec: DiskSpec
  readonly diskSpec: DiskSpec
  readonly options?: readonly string[]
}

/** An image, a server for it, a dirty loop device, an imager that knows it, and a plan. */
async function setUp(stack: AsyncDisposableStack, { imageSpec, diskSpec, options = [] }: Setup) {
  const directory = stack.use(await temporaryDirectory())
  const fixture = await makeImage(directory.path, imageSpec)
  const server = stack.use(
    await serveFiles({
      '/blob': await readFile(fixture.image.blobFile),
      '/index': await readFile(fixture.image.indexFile),
    }),
  )
  const file = join(directory.path, 'target')
  await makeDirtyFile(file, diskSpec)
  const loop = stack.use(attach(file, diskSpec, ...options))
  const host = liveHost()
  const imager = createImager({
    host,
    storage: storageOf(loop),
    openDisk: () => openScanned(loop),
    effects: testEffects,
    decompressor: loadDecompressor(),
    imageKeys: [fixture.key.publicKey],
    now: () => 0,
  })
  const { index } = fixture.image.signed
  const plan: DeployPlan = {
    image: {
      name: index.name,
      version: index.version,
      indexDigest: indexDigest(index),
      indexUrl: `${server.url}/index`,
      blobUrl: `${server.url}/blob`,
    },
    disk: diskIdentityOf(loop.facts),
    seed: { files: { 'meta-data': 'instance-id: m1\n', 'user-data': '#cloud-config\n' } },
  }
  return { directory, fixture, file, loop, imager, plan }
}

const { signal } = new AbortController()
const hooks = { onProgress: () => undefined, confirmHead: async () => {}, signal }

describe('deployment to a loop device', () => {
  test.each([
    ['of the same size', usualDisk(18 * mib), usualDisk(18 * mib)],
    ['that is larger', usualDisk(18 * mib), usualDisk(50 * mib)],
    ['of 4096-byte sectors', usualDisk(18 * mib, 4096), usualDisk(64 * mib, 4096)],
  ] as const)(
    '%s gives partitions and a seed on devices of their own',
    async (_, imageSpec, diskSpec) => {
      await using stack = new AsyncDisposableStack()
      const { fixture, file, loop, imager, plan } = await setUp(stack, {
        imageSpec,
        diskSpec,
      })
      const evidence = await imager.prepare(plan, signal)
      expect(evidence.signatures).toEqual(['gpt'])
      await imager.write(plan, evidence, hooks)

      const written = await readFile(file)
      const end = 17 * mib
      expect(
        Buffer.compare(written.subarray(3 * mib, end), fixture.raw.subarray(3 * mib, end)),
      ).toBe(0)
      if (diskSpec.logicalBlockSizeBytes === 512) {
        expect(run('sgdisk', '-v', loop.path)).toMatch(/No problems found/)
      }
      const names = run('partx', '-g', '-r', '-o', 'NAME', loop.path)
      expect(names.split('\n')).toEqual(['ESP', 'CIDATA', 'root'])
      const seed = (name: string) => run('mtype', '-i', `${loop.path}p2`, `::${name}`)
      expect(seed('meta-data')).toBe('instance-id: m1')
      expect(seed('user-data')).toBe('#cloud-config')
    },
  )

  test('is refused when the disk has 4096-byte sectors and the image 512', async () => {
    await using stack = new AsyncDisposableStack()
    const { file, imager, plan } = await setUp(stack, {
      imageSpec: usualDisk(18 * mib),
      diskSpec: usualDisk(20 * mib, 4096),
    })
    const before = await readFile(file)
    await expect(imager.prepare(plan, signal)).rejects.toThrow(/has 4096-byte sectors$/)
    expect(Buffer.compare(await readFile(file), before)).toBe(0)
  })

  test('is refused by a guard, and by the kernel, when the disk is mounted', async () => {
    await using stack = new AsyncDisposableStack()
    const { directory, loop, imager, plan } = await setUp(stack, {
      imageSpec: usualDisk(18 * mib),
      diskSpec: usualDisk(18 * mib),
    })
    run('mkfs.ext4', '-q', '-F', loop.path)
    const mountPoint = join(directory.path, 'mnt')
    await mkdir(mountPoint)
    run('mount', loop.path, mountPoint)
    try {
      await expect(imager.prepare(plan, signal)).rejects.toThrow(/guard 'not-mounted'/)
      await expect(openLoop(loop)).rejects.toThrow(/is in use: mounted, or part of another device$/)
    } finally {
      run('umount', mountPoint)
    }
  })

  test('is refused when the kernel holds the disk read-only', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'disk')
    await writeFile(file, '')
    await truncate(file, 8 * mib)
    await using loop = attach(file, usualDisk(8 * mib), '--read-only')
    await expect(openLoop(loop)).rejects.toThrow()
  })
})
