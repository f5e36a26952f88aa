import { z } from 'zod'

const ed25519PublicKeyHex = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'wanted an Ed25519 public key, 64 lower-case hexadecimal digits')

/**
 * What makes a generic agent this site's agent: whom it may talk to and whose orders it may take.
 * The server writes it into the last initramfs layer; the agent reads it at {@link sitePath}.
 */
export const siteSchema = z.strictObject({
  /** `host:port` of the agent port, tried in this order. IPv6 hosts stand in brackets. */
  servers: z
    .array(z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[^:[\]/\s]+):\d{1,5}$/, 'wanted host:port'))
    .min(1)
    .max(16),
  /** The name that the server's certificate must bear, whatever address is dialled. */
  serverName: z.string().min(1).max(253),
  /** PEM of the only authority the agent trusts. */
  caPem: z.string().max(65_536),
  /** Keys that sign commands, so that one can be replaced while machines run. */
  commandKeys: z.array(ed25519PublicKeyHex).min(1).max(16),
  /** Keys that sign image indexes. */
  imageKeys: z.array(ed25519PublicKeyHex).max(64),
})

/** See {@link siteSchema}. */
export type Site = Readonly<z.infer<typeof siteSchema>>

/** Where the agent finds its {@link Site}. */
export const sitePath = '/etc/assay/site.json'
