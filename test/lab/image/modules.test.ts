import { expect, test } from 'vitest'
import { readModuleIndex } from '../../../initramfs/module-set.ts'
import { loadOrder } from '../../../lab/image/modules.ts'

const index = readModuleIndex(
  'a/ext4.ko: a/jbd2.ko a/crc16.ko\na/jbd2.ko:\na/crc16.ko:\na/nvme.ko: a/crc16.ko\n',
  'kernel/fs/fat.ko\n',
)

test('modules come once each, after all they need', () => {
  expect(loadOrder(index, ['ext4', 'nvme'])).toEqual([
    'a/crc16.ko',
    'a/jbd2.ko',
    'a/ext4.ko',
    'a/nvme.ko',
  ])
})

test('a module that is part of the kernel is not loaded', () => {
  expect(loadOrder(index, ['fat'])).toEqual([])
})

test('a module the kernel does not have is named', () => {
  expect(() => loadOrder(index, ['zfs'])).toThrow("modules.dep has no module 'zfs'")
})
