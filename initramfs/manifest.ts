import { z } from 'zod'

const bootFileSchema = z.strictObject({
  /** Name inside the folder of the manifest. */
  file: z.string().regex(/^[\w.-]+$/, 'wanted a plain file name'),
  sizeBytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'wanted 64 lower-case hexadecimal digits'),
})

/**
 * What the server hands out to a netbooting machine: the kernel, then the layers of the initramfs in
 * this order, then the site's own layer. Every file's size is a multiple of four where it is a layer.
 */
export const bootManifestSchema = z.strictObject({
  kernel: bootFileSchema,
  layers: z.array(bootFileSchema.extend({ name: z.enum(['base', 'drivers']) })).min(1),
  kernelVersion: z.string().min(1),
  agentVersion: z.string().min(1),
})

/** See {@link bootManifestSchema}. */
export type BootManifest = Readonly<z.infer<typeof bootManifestSchema>>

/** Name of the manifest inside `dist/boot/<architecture>/`. */
export const bootManifestName = 'manifest.json'

/** Kernel and layers together (promise P10): more does not fit small machines and slow links. */
export const bootSizeLimitBytes = 64_000_000

/** Kernel and layers together. */
export function bootSizeBytes(manifest: BootManifest): number {
  return [manifest.kernel, ...manifest.layers].reduce((sum, file) => sum + file.sizeBytes, 0)
}

/** Throws when the boot files are over {@link bootSizeLimitBytes}. */
export function checkBootSize(manifest: BootManifest): void {
  const sizeBytes = bootSizeBytes(manifest)
  if (sizeBytes <= bootSizeLimitBytes) return
  const files = [manifest.kernel, ...manifest.layers]
  const parts = files.map(({ file, sizeBytes }) => `${file} ${sizeBytes}`).join(', ')
  throw new Error(
    `boot files take ${sizeBytes} bytes (${parts}), wanted at most ${bootSizeLimitBytes}`,
  )
}
