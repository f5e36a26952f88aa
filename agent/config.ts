import { readFile } from 'node:fs/promises'
import { DecodeError } from '../protocol/errors.ts'
import { sitePath, siteSchema } from '../protocol/site.ts'
import type { Site } from '../protocol/site.ts'
import { bootMacAddress } from './network/interfaces.ts'

/** What the boot script told this boot, from the kernel command line. Grants nothing. */
export interface BootParameters {
  /** `assay.boot=`: the ticket that ties this boot to the script that started it. */
  readonly bootId: string | null
  /** `assay.server=host:port`: tried before the site's servers; it must hold the same keys. */
  readonly server: string | null
  /** `BOOTIF=01-<mac with dashes>`: the interface the firmware booted from, in colon form. */
  readonly macAddress: string | null
}

/**
 * Reads `assay.*` words of a kernel command line. EFI kernels see their own file name as the first
 * word, so no word is taken by its place. The last of two equal names counts, as in the kernel.
 */
export function parseCommandLine(commandLine: string): BootParameters {
  const words = new Map<string, string>()
  for (const word of commandLine.trim().split(/\s+/)) {
    const equals = word.indexOf('=')
    if (equals > 0) words.set(word.slice(0, equals), word.slice(equals + 1))
  }
  return {
    bootId: words.get('assay.boot') ?? null,
    server: words.get('assay.server') ?? null,
    macAddress: bootMacAddress(commandLine),
  }
}

/** The site's pins and keys. Throws an error that says what to do when they are missing. */
export async function readSite(path: string = sitePath): Promise<Site> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`read ${path}: the site layer of the initramfs is missing`, { cause })
  })
  const parsed = siteSchema.safeParse(parseJson(text, path))
  if (!parsed.success) throw new DecodeError(`${path} is malformed: ${parsed.error.message}`)
  return parsed.data
}

/** Servers in the order they are tried: the script's word first, each once. */
export function serversOf(site: Site, boot: BootParameters): readonly string[] {
  return [...new Set([...(boot.server === null ? [] : [boot.server]), ...site.servers])]
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DecodeError(`${path} is no JSON`, { cause })
  }
}
