import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { liveHost, maxFileBytes, rootedHost } from '../../agent/host.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-host-'))
  await mkdir(join(folder, 'root/sys/devices/a'), { recursive: true })
  await mkdir(join(folder, 'root/sys/class'), { recursive: true })
  await writeFile(join(folder, 'secret'), 'outside')
  await writeFile(join(folder, 'root/sys/devices/a/size'), '42\n')
  await symlink('../devices/a', join(folder, 'root/sys/class/a'))
  await symlink('/sys/devices/a', join(folder, 'root/sys/class/absolute'))
  await symlink('../../../../secret', join(folder, 'root/sys/class/out'))
  await symlink(join(folder, 'secret'), join(folder, 'root/sys/class/away'))
  await symlink('loop', join(folder, 'root/sys/class/loop'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('rooted host follows relative and absolute links inside its root', async () => {
  const host = rootedHost(join(folder, 'root'))
  expect(await host.text('/sys/class/a/size')).toBe('42\n')
  expect(await host.text('/sys/class/absolute/size')).toBe('42\n')
  expect(await host.link('/sys/class/a')).toBe('../devices/a')
  expect(await host.list('/sys/class/a')).toEqual(['size'])
})

test('rooted host never leaves its root, whatever a link or a path says', async () => {
  const host = rootedHost(join(folder, 'root'))
  expect(await host.text('/sys/class/out')).toBeUndefined()
  expect(await host.text('/sys/class/away')).toBeUndefined()
  expect(await host.text('/../secret')).toBeUndefined()
  expect(await host.text('/sys/../../secret')).toBeUndefined()
})

test('rooted host reads what the test above must not reach when the root is above it', async () => {
  expect(await rootedHost(folder).text('/secret')).toBe('outside')
})

test('rooted host gives up on links that lead to themselves', async () => {
  await expect(rootedHost(join(folder, 'root')).text('/sys/class/loop')).rejects.toThrow('links')
})

test('host tells a missing file from one that cannot be read', async () => {
  for (const host of [rootedHost(join(folder, 'root')), rootedHost(folder), liveHost()]) {
    expect(await host.text('/no/such/file')).toBeUndefined()
    expect(await host.bytes('/no/such/file')).toBeUndefined()
    expect(await host.list('/no/such/file')).toEqual([])
    expect(await host.link('/no/such/file')).toBeUndefined()
  }
  await expect(rootedHost(join(folder, 'root')).text('/sys')).rejects.toThrow('directory')
  await expect(liveHost().text('/')).rejects.toThrow()
})

test('live host reads files that report no size', async () => {
  expect(await liveHost().text('/proc/meminfo')).toContain('MemTotal')
})

test('host refuses a file over its limit', async () => {
  await writeFile(join(folder, 'root/large'), new Uint8Array(maxFileBytes + 1))
  await expect(rootedHost(join(folder, 'root')).bytes('/large')).rejects.toThrow('over')
})

test('host reads many files at once without running out of descriptors', async () => {
  const host = liveHost()
  const texts = await Promise.all(Array.from({ length: 3000 }, () => host.text('/proc/version')))
  expect(new Set(texts).size).toBe(1)
})
