import { X509Certificate, createPrivateKey } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { verifySignature } from '../../../protocol/signing.ts'
import { systemRandom } from '../../../protocol/system-effects.ts'
import { openKeys } from '../../../server/tls/key-store.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'assay-keys-'))
})
afterEach(() => rm(dir, { recursive: true }))

test('keys are made once and only their owner can read them', async () => {
  const home = path.join(dir, 'keys')
  const made = await openKeys(home, systemRandom)
  const again = await openKeys(home, systemRandom)
  expect(again.authority).toEqual(made.authority)
  expect(again.commandKey.publicKey).toBe(made.commandKey.publicKey)
  expect(again.imageKey.publicKey).toBe(made.imageKey.publicKey)
  expect(made.imageKey.publicKey).not.toBe(made.commandKey.publicKey)
  expect((await stat(home)).mode & 0o077).toBe(0)
  for (const name of await readdir(home)) {
    expect((await stat(path.join(home, name))).mode & 0o777).toBe(0o600)
  }
  const message = new TextEncoder().encode('x')
  const signature = made.commandKey.sign('assay.commit.v1', message)
  expect(verifySignature(again.commandKey.publicKey, 'assay.commit.v1', message, signature)).toBe(
    true,
  )
})

test('two starts at once have the same keys', async () => {
  const home = path.join(dir, 'deep/keys')
  const [a, b] = await Promise.all([openKeys(home, systemRandom), openKeys(home, systemRandom)])
  const kept = await openKeys(home, systemRandom)
  expect(a.commandKey.publicKey).toBe(kept.commandKey.publicKey)
  expect(b.commandKey.publicKey).toBe(kept.commandKey.publicKey)
  expect(await readdir(path.dirname(home))).toEqual(['keys'])
})

test('a folder that lacks a key is refused, not mended', async () => {
  const home = path.join(dir, 'keys')
  await openKeys(home, systemRandom)
  await rm(path.join(home, 'command.key'))
  await expect(openKeys(home, systemRandom)).rejects.toThrow(/command\.key.*restore it/)
  await chmod(home, 0o700)
})

test("the certificate is the authority's, bears the one name and outlives a flat battery", async () => {
  const { authority } = await openKeys(path.join(dir, 'keys'), systemRandom)
  const ca = new X509Certificate(authority.caPem)
  const certificate = new X509Certificate(authority.serverCertificatePem)
  expect(ca.ca).toBe(true)
  expect(certificate.ca).toBe(false)
  expect(ca.verify(ca.publicKey)).toBe(true)
  expect(certificate.verify(ca.publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(createPrivateKey(authority.serverKeyPem))).toBe(true)
  expect(certificate.subjectAltName).toBe('DNS:assay-server')
  expect(certificate.checkHost('assay-server')).toBe('assay-server')
  expect(certificate.checkHost('other')).toBeUndefined()
  expect(new Date(certificate.validFrom).getUTCFullYear()).toBe(2020)
  expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2120)
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
})
