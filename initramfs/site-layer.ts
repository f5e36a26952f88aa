import { type Site, sitePath, siteSchema } from '../protocol/site.ts'
import { writeCpio } from './cpio.ts'

/**
 * The last layer of the initramfs: {@link Site} at {@link sitePath}. Not compressed, a multiple of
 * four bytes long, equal bytes for equal sites. Throws when the site is not in its schema.
 */
export function buildSiteLayer(site: Site): Uint8Array<ArrayBuffer> {
  const text = `${JSON.stringify(siteSchema.parse(site), null, 2)}\n`
  return writeCpio([
    {
      kind: 'file',
      path: sitePath.slice(1),
      mode: 0o600,
      bytes: new TextEncoder().encode(text),
    },
  ])
}
