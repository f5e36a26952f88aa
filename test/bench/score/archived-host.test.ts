import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { writeTar } from '../../../agent/capture/write-tar.ts'
import { archivedHost } from '../../../bench/score/archived-host.ts'

const text = (value: string) => new TextEncoder().encode(value)
const host = archivedHost(
  gzipSync(
    writeTar([
      { kind: 'folder', path: 'sys' },
      { kind: 'folder', path: 'sys/class' },
      { kind: 'folder', path: 'sys/devices' },
      { kind: 'folder', path: 'sys/devices/a' },
      { kind: 'file', path: 'sys/devices/a/size', bytes: text('42\n') },
      { kind: 'file', path: 'sys/devices/a/b', bytes: text('') },
      { kind: 'link', path: 'sys/class/a', target: '../devices/a' },
      { kind: 'link', path: 'sys/class/absolute', target: '/sys/devices/a' },
      { kind: 'link', path: 'sys/class/out', target: '../../../../sys/devices/a' },
      { kind: 'link', path: 'sys/class/loop', target: 'loop' },
    ]),
  ),
)

test('archived machine answers through relative and absolute links, and never above its root', async () => {
  for (const name of ['a', 'absolute', 'out']) {
    expect(await host.text(`/sys/class/${name}/size`)).toBe('42\n')
    expect(await host.list(`/sys/class/${name}`)).toEqual(['b', 'size'])
  }
  expect(await host.link('/sys/class/a')).toBe('../devices/a')
  expect(await host.link('/sys/devices/a')).toBeUndefined()
  expect(await host.part('/sys/devices/a/size', 1, 5)).toEqual(text('2\n'))
})

test('archived machine has nothing where it has nothing, and refuses what is no file', async () => {
  expect(await host.text('/sys/class/none')).toBeUndefined()
  expect(await host.text('/sys/devices/a/size/more')).toBeUndefined()
  expect(await host.list('/proc')).toEqual([])
  await expect(host.bytes('/sys/devices/a')).rejects.toThrow(/directory/)
  await expect(host.text('/sys/class/loop')).rejects.toThrow(/more than 40 links/)
})
