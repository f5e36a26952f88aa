import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { bootManifestName, bootManifestSchema } from '../../initramfs/manifest.ts'
import { sha256Hex } from '../../protocol/canonical.ts'

/** A file that iPXE fetches. */
export interface BootFile {
  /** Last part of its address, and its name for the kernel: `vmlinuz`, `base`, ... */
  readonly name: string
  readonly content: Blob
  /** Strong, with its quotes. */
  readonly etag: string
}

/**
 * Kernel, layers and the site layer, as `npm run build` left them in `<bootDir>/x64`. Every layer
 * must be padded to 4 bytes: EFI joins them as they are, and the kernel loses one that starts
 * elsewhere without a word. Throws an error that says what to do when one is missing.
 */
export async function openBootFiles(
  bootDir: string,
  siteLayer: Uint8Array<ArrayBuffer>,
): Promise<ReadonlyMap<string, BootFile>> {
  const dir = path.join(bootDir, 'x64')
  const manifestFile = path.join(dir, bootManifestName)
  const manifest = bootManifestSchema.safeParse(await readManifest(manifestFile))
  if (!manifest.success) {
    throw new Error(`${manifestFile} is no manifest of a build: run 'npm run build' again`)
  }
  const { kernel, layers } = manifest.data
  const named = [{ name: 'vmlinuz', ...kernel }, ...layers]
  const files = [
    ...(await Promise.all(named.map((entry) => openFile(dir, entry)))),
    { name: 'site', content: new Blob([siteLayer]), etag: `"${sha256Hex(siteLayer)}"` },
  ]
  for (const { name, content } of files) {
    if (name !== 'vmlinuz' && content.size % 4 !== 0) {
      throw new Error(`layer '${name}' has ${content.size} bytes, wanted a multiple of 4`)
    }
  }
  return new Map(files.map((file) => [file.name, file]))
}

async function readManifest(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new Error(`cannot read '${file}': run 'npm run build' first`, { cause })
  }
}

async function openFile(
  dir: string,
  entry: {
    readonly name: string
    readonly file: string
    readonly sizeBytes: number
    readonly sha256: string
  },
): Promise<BootFile> {
  const file = path.join(dir, entry.file)
  const content = Bun.file(file)
  if (!(await content.exists())) {
    throw new Error(`boot file '${file}' is missing: run 'npm run build' first`)
  }
  if (content.size !== entry.sizeBytes) {
    const wanted = `its manifest says ${entry.sizeBytes}`
    throw new Error(`boot file '${file}' has ${content.size} bytes, ${wanted}: build again`)
  }
  return { name: entry.name, content, etag: `"${entry.sha256}"` }
}
