import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemRandom } from '../../../protocol/system-effects.ts'
import { openSqliteStore } from '../../../server/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../server/store/store.ts'
import { ensureFirstToken } from '../../../server/tokens/first-token.ts'
import { createTokenService } from '../../../server/tokens/token-service.ts'
import type { TokenService } from '../../../server/tokens/token-service.ts'
import { ManualClock } from '../manual-clock.ts'

let store: Store
let clock: ManualClock
let tokens: TokenService

beforeEach(() => {
  store = openSqliteStore(':memory:', () => systemRandom.uuid())
  clock = new ManualClock()
  tokens = createTokenService({ store, clock, random: systemRandom })
})
afterEach(() => store.close())

const unauthenticated = (message: RegExp) =>
  expect.objectContaining({ code: 'unauthenticated', message: expect.stringMatching(message) })

test('a token proves its bearer, and the store holds no secret', async () => {
  const { id, secret } = await tokens.create({ name: 'slurm', role: 'scheduler' })
  expect(await tokens.authenticate(secret)).toEqual({
    tokenId: id,
    name: 'slurm',
    role: 'scheduler',
    tenant: 'slurm',
  })
  const second = await tokens.create({ name: 'slurm-2', role: 'scheduler', tenant: 'slurm' })
  expect(await tokens.authenticate(second.secret)).toMatchObject({ tenant: 'slurm' })
  expect(JSON.stringify(await store.tokens())).not.toContain(secret.slice(30))
  expect(JSON.stringify(await tokens.list())).not.toContain('secretHash')
})

test('a token is refused when mistyped, unknown or of another server', async () => {
  const { secret } = await tokens.create({ name: 'a', role: 'viewer' })
  await expect(tokens.authenticate(`${secret}0`)).rejects.toEqual(unauthenticated(/mistyped/))
  const other = createTokenService({
    store: openSqliteStore(':memory:', () => systemRandom.uuid()),
    clock,
    random: systemRandom,
  })
  await expect(other.authenticate(secret)).rejects.toEqual(unauthenticated(/not known/))
})

test('a token is refused when its id is right and its secret is not', async () => {
  const { id, secret } = await tokens.create({ name: 'a', role: 'operator' })
  const body = `assay_${id}_${'x'.repeat(33)}`
  const forged = `${body}${Bun.hash.crc32(body).toString(16).padStart(8, '0')}`
  expect(forged).toHaveLength(secret.length)
  await expect(tokens.authenticate(forged)).rejects.toEqual(unauthenticated(/not known/))
})

test('a token ends at its expiry and at its revocation', async () => {
  const brief = await tokens.create({ name: 'brief', role: 'viewer', expiresInSeconds: 60 })
  const kept = await tokens.create({ name: 'kept', role: 'viewer' })
  clock.advance(59_999)
  expect((await tokens.authenticate(brief.secret)).name).toBe('brief')
  clock.advance(1)
  await expect(tokens.authenticate(brief.secret)).rejects.toEqual(unauthenticated(/expired/))
  await tokens.revoke(kept.id)
  await expect(tokens.authenticate(kept.secret)).rejects.toEqual(unauthenticated(/revoked/))
  await expect(tokens.verifyStillValid(kept.id)).rejects.toEqual(unauthenticated(/revoked/))
  await expect(tokens.revoke('0000')).rejects.toMatchObject({ code: 'not-found' })
})

test('a name belongs to one live token', async () => {
  const first = await tokens.create({ name: 'ci', role: 'scheduler' })
  await expect(tokens.create({ name: 'ci', role: 'operator' })).rejects.toMatchObject({
    code: 'conflict',
  })
  await tokens.revoke(first.id)
  expect((await tokens.create({ name: 'ci', role: 'scheduler' })).id).not.toBe(first.id)
})

test('use of a token is noted once a minute', async () => {
  const { id, secret } = await tokens.create({ name: 'a', role: 'viewer' })
  const usedAt = async () => (await store.token(id))?.lastUsedAtMs
  await tokens.authenticate(secret)
  const first = await usedAt()
  clock.advance(59_000)
  await tokens.authenticate(secret)
  expect(await usedAt()).toBe(first)
  clock.advance(1000)
  await tokens.authenticate(secret)
  expect(await usedAt()).toBe(clock.now())
})

test('the first token is kept over starts, for its owner only, and made again when lost', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'assay-tokens-'))
  try {
    const file = await ensureFirstToken(tokens, dir)
    const first = (await readFile(file, 'utf8')).trim()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await tokens.authenticate(first)).role).toBe('operator')
    await ensureFirstToken(tokens, dir)
    expect((await readFile(file, 'utf8')).trim()).toBe(first)
    await writeFile(file, 'not a token')
    await ensureFirstToken(tokens, dir)
    const second = (await readFile(file, 'utf8')).trim()
    expect((await tokens.authenticate(second)).role).toBe('operator')
    await expect(tokens.authenticate(first)).rejects.toEqual(unauthenticated(/revoked/))
  } finally {
    await rm(dir, { recursive: true })
  }
})
