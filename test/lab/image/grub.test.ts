import { expect, test } from 'vitest'
import { placeBootCode, placeCore } from '../../../lab/image/grub.ts'

test("GRUB's boot code is told where its core is, and stops before the partition table", () => {
  const code = Buffer.from(placeBootCode(new Uint8Array(512).fill(0x11), 2048))
  expect(code.length).toBe(440)
  expect(code.readBigUInt64LE(0x5c)).toBe(2048n)
  expect(code.subarray(0x64, 0x68).toString('hex')).toBe('ff119090')
  expect(code.readUInt8(0x5b)).toBe(0x11)
})

test("GRUB's core is padded to blocks and told where its second block is", () => {
  const core = Buffer.alloc(1300, 0x11)
  core.writeUInt16LE(2, 508)
  const placed = Buffer.from(placeCore(core, 2048))
  expect(placed.length).toBe(3 * 512)
  expect(placed.readBigUInt64LE(500)).toBe(2049n)
  expect(placed.subarray(1300).every((byte) => byte === 0)).toBe(true)
})

test('a core that counts other blocks than it has is not placed', () => {
  expect(() => placeCore(new Uint8Array(1300), 2048)).toThrow('names its own block count')
})
