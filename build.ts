/**
 * Builds everything into `dist/`:
 *
 *     bun build.ts [--fast] [--only agent|initramfs|boot|ids|web|server|cli]
 *
 * `--fast` compresses the layers lightly. `--only` may be given several times; `initramfs` takes the
 * agent that is there, `boot` is the x64 agent and the initramfs: all that a machine boots. Wants
 * what `node setup.mjs build` installs.
 */

import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { baseLayer } from './initramfs/base-layer.ts'
import { compileNative, compileProgram } from './initramfs/compile.ts'
import { driversLayer } from './initramfs/drivers-layer.ts'
import { type CompressionLevel, placeBootFile, writeLayer } from './initramfs/layer-file.ts'
import {
  bootManifestName,
  type BootManifest,
  bootSizeBytes,
  checkBootSize,
} from './initramfs/manifest.ts'
import { idListNames, systemIdFolder } from './server/ids/read-id-lists.ts'
import { buildWeb } from './server/web/build.ts'

const root = import.meta.dirname
const boot = join(root, 'dist/boot/x64')
const layers = { output: boot, cache: join(root, '.cache/layers') }

const programs = {
  'agent for x64': ['agent/main.ts', 'dist/bin/assay-agent-x64', 'x64'],
  'agent for arm64': ['agent/main.ts', 'dist/bin/assay-agent-arm64', 'arm64'],
  server: ['server/main.ts', 'dist/bin/assay-server', 'x64'],
  cli: ['cli/main.ts', 'dist/bin/assay', 'x64'],
} as const

const parts = {
  agent: async () => {
    await compile('agent for x64')
    await compile('agent for arm64')
  },
  initramfs: async (level: CompressionLevel) => {
    await step('init and kernels', () => compileNative(root, 'dist/native'))
    await buildBootFiles(level)
  },
  boot: async (level: CompressionLevel) => {
    await compile('agent for x64')
    await parts.initramfs(level)
  },
  ids: async () =>
    await step('id lists', async () => {
      await mkdir(join(root, 'dist/ids'), { recursive: true })
      for (const name of idListNames) {
        await copyFile(join(systemIdFolder, name), join(root, 'dist/ids', name))
      }
    }),
  web: async () => await step('page', () => buildWeb(join(root, 'dist/web'))),
  server: async () => await compile('server'),
  cli: async () => await compile('cli'),
} as const

const partNames = ['agent', 'initramfs', 'boot', 'ids', 'web', 'server', 'cli'] as const
const everything = ['agent', 'initramfs', 'ids', 'web', 'server', 'cli'] as const

const { values } = parseArgs({
  options: { fast: { type: 'boolean' }, only: { type: 'string', multiple: true } },
})
const wanted = z.array(z.enum(partNames)).parse(values.only ?? everything)
for (const name of wanted) await parts[name](values.fast === true ? 3 : 19)

async function compile(name: keyof typeof programs): Promise<void> {
  const [entry, output, architecture] = programs[name]
  await step(name, () => compileProgram(root, entry, output, architecture))
}

async function buildBootFiles(level: CompressionLevel): Promise<void> {
  const kernel = await currentKernel()
  await mkdir(boot, { recursive: true })
  const base = await step(`base layer, level ${level}`, async () => {
    const entries = await baseLayer({
      init: join(root, 'dist/native/assay-init'),
      kernels: join(root, 'dist/native/assay-kernels'),
      agent: join(root, 'dist/bin/assay-agent-x64'),
      busybox: '/bin/busybox',
    })
    return await writeLayer('base', entries, level, layers)
  })
  const drivers = await step(`drivers layer, level ${level}`, async () => {
    const entries = await driversLayer(kernel, join(root, '.cache'))
    return await writeLayer('drivers', entries, level, layers)
  })
  const manifest: BootManifest = {
    kernel: await placeBootFile(kernel.vmlinuz, join(boot, 'vmlinuz')),
    layers: [
      { name: 'base', ...base },
      { name: 'drivers', ...drivers },
    ],
    kernelVersion: kernel.version,
    agentVersion: z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))).version,
  }
  // Light compression is for developers; what is shipped has to fit (P10).
  if (level === 19) checkBootSize(manifest)
  await writeFile(join(boot, bootManifestName), `${JSON.stringify(manifest, null, 2)}\n`)
  const { kernel: image } = manifest
  console.log(
    `boot files ${megabytes(bootSizeBytes(manifest))}: kernel ${megabytes(image.sizeBytes)}, ` +
      `base ${megabytes(base.sizeBytes)}, drivers ${megabytes(drivers.sizeBytes)}`,
  )
}

/** The kernel that `setup.mjs` keeps in the cache. */
async function currentKernel() {
  const folder = join(root, '.cache/kernel')
  const text = await readFile(join(folder, 'current.json'), 'utf8').catch((cause: unknown) => {
    throw new Error('no kernel in .cache/kernel; run: node setup.mjs build', { cause })
  })
  const { version, vmlinuz, modules } = z
    .object({ version: z.string(), vmlinuz: z.string(), modules: z.string() })
    .parse(JSON.parse(text))
  const kernel = { version, vmlinuz: join(folder, vmlinuz), modules: join(folder, modules) }
  await stat(join(kernel.modules, 'modules.dep'))
  return kernel
}

async function step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const begun = performance.now()
  const result = await work()
  console.log(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  return result
}

function megabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB`
}
