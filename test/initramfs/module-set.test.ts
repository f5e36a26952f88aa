import { describe, expect, test } from 'vitest'
import { moduleGroups } from '../../initramfs/module-list.ts'
import { readModuleIndex, selectModules } from '../../initramfs/module-set.ts'
import { DecodeError } from '../../protocol/errors.ts'

const index = readModuleIndex(
  'kernel/net/a-net.ko: kernel/core/virtio.ko kernel/core/ring.ko\n' +
    'kernel/core/virtio.ko: kernel/core/ring.ko\n' +
    'kernel/core/ring.ko:\n' +
    'kernel/other.ko.xz:\n',
  'kernel/fs/built-in.ko\n',
)

describe('selectModules', () => {
  test('adds dependencies when a module has some', () => {
    expect(selectModules(index, ['a_net'])).toEqual([
      'kernel/core/ring.ko',
      'kernel/core/virtio.ko',
      'kernel/net/a-net.ko',
    ])
  })

  test('finds compressed modules and passes over those that are built in', () => {
    expect(selectModules(index, ['other', 'built_in'])).toEqual(['kernel/other.ko.xz'])
  })

  test('refuses a module that the kernel does not have', () => {
    expect(() => selectModules(index, ['nvme'])).toThrow('no module "nvme"')
    expect(selectModules(index, ['nvme'], ['nvme'])).toEqual([])
  })
})

test('readModuleIndex throws a DecodeError when a line is not in the format', () => {
  expect(() => readModuleIndex('kernel/a.ko\n', '')).toThrow(DecodeError)
})

test('the module list names modules as the kernel does', () => {
  const names = Object.values(moduleGroups).flat()
  expect(names.filter((name) => !/^[a-z0-9_]+$/.test(name))).toEqual([])
  expect(new Set(names).size).toBe(names.length)
})
