import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Random } from '../../protocol/effects.ts'
import { generateSigningKey, importSigningKey } from '../../protocol/signing.ts'
import type { SigningKey } from '../../protocol/signing.ts'
import { isErrorCode } from '../error-code.ts'
import { createAuthority } from './authority.ts'
import type { Authority } from './authority.ts'

/** Everything secret the server has. */
export interface ServerKeys {
  readonly authority: Authority
  /** Signs challenges and commits. */
  readonly commandKey: SigningKey
  /** Signs image indexes. */
  readonly imageKey: SigningKey
}

const files = {
  ca: 'ca.pem',
  certificate: 'server.pem',
  key: 'server.key',
  command: 'command.key',
  image: 'image.key',
} as const

/**
 * The keys in `dir`, made there when the folder does not exist. They appear all at once (by one
 * rename), so a start that was cut off leaves none; a folder that lacks one is an error, since a
 * new key would lock out every machine that trusts the old one.
 */
export async function openKeys(dir: string, random: Random): Promise<ServerKeys> {
  if (!(await exists(dir))) await createKeys(dir, random)
  const read = async (name: string) => {
    try {
      return await readFile(path.join(dir, name), 'utf8')
    } catch (cause) {
      const advice = `restore it, or move '${dir}' away to have new keys made`
      throw new Error(`cannot read key file '${path.join(dir, name)}', ${advice}`, { cause })
    }
  }
  return {
    authority: {
      caPem: await read(files.ca),
      serverCertificatePem: await read(files.certificate),
      serverKeyPem: await read(files.key),
    },
    commandKey: importSigningKey(await read(files.command)),
    imageKey: importSigningKey(await read(files.image)),
  }
}

async function createKeys(dir: string, random: Random): Promise<void> {
  const parent = path.dirname(dir)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const fresh = await mkdtemp(path.join(parent, 'keys-new-'))
  const authority = await createAuthority(random)
  const contents: readonly (readonly [string, string])[] = [
    [files.ca, authority.caPem],
    [files.certificate, authority.serverCertificatePem],
    [files.key, authority.serverKeyPem],
    [files.command, generateSigningKey().exportPem()],
    [files.image, generateSigningKey().exportPem()],
  ]
  for (const [name, text] of contents) {
    await writeFile(path.join(fresh, name), text, { mode: 0o600, flush: true })
  }
  try {
    await rename(fresh, dir)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Another start was faster: its keys are as good.
    if (!(await exists(dir))) throw error
  }
}

async function exists(target: string): Promise<boolean> {
  try {
    await stat(target)
    return true
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return false
    throw error
  }
}
