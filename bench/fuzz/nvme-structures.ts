/** Identify data and a SMART log with the fields of a datacentre SSD, by their places in the standard. */
function writer(length: number) {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  return {
    bytes,
    u8: (at: number, value: number) => view.setUint8(at, value),
    u16: (at: number, value: number) => view.setUint16(at, value, true),
    u32: (at: number, value: number) => view.setUint32(at, value, true),
    u64: (at: number, value: bigint) => view.setBigUint64(at, value, true),
    text: (at: number, size: number, text: string) =>
      bytes.set(new TextEncoder().encode(text.padEnd(size)), at),
  }
}

export function madeController(serial = 'S64HNE0R123456'): Uint8Array {
  const to = writer(4096)
  to.u16(0, 0x144d)
  to.u16(2, 0x1028)
  to.text(4, 20, serial)
  to.text(24, 40, 'Dell Ent NVMe PM1735a MU 1.6TB')
  to.text(64, 8, '2.3.0')
  to.bytes.set([0x38, 0x25, 0x00], 73)
  to.u8(76, 0x03)
  to.u8(77, 9)
  to.u16(78, 0x41)
  to.u32(80, 0x0001_0400)
  to.u8(111, 1)
  to.u16(256, 0x5f)
  to.u8(260, 0x17)
  to.u8(261, 0x1e)
  to.u8(263, 1)
  to.u16(266, 345)
  to.u16(268, 358)
  to.u64(280, 1_600_321_314_816n)
  to.u64(296, 0n)
  to.u16(316, 65)
  to.u16(322, 1)
  to.u16(324, 313)
  to.u16(326, 345)
  to.u32(328, 0xa000_0003)
  to.u8(512, 0x66)
  to.u8(513, 0x44)
  to.u32(516, 32)
  to.u16(520, 0x5e)
  to.u8(524, 0x04)
  to.u8(525, 0x06)
  to.text(768, 0, 'nqn.1994-11.com.samsung:nvme:PM1735a:2.5-inch:S64HNE0R123456')
  to.u16(2048, 2500)
  to.u32(2052, 180)
  to.u32(2056, 180)
  to.u16(2048 + 16, 500)
  to.u8(2048 + 18, 0x80)
  to.u16(2080, 7000)
  to.u8(2083, 0x03)
  return to.bytes
}

export function madeNamespace(): Uint8Array {
  const to = writer(4096)
  to.u64(0, 390_703_446n)
  to.u64(8, 390_703_446n)
  to.u64(16, 1000n)
  to.u8(24, 0x12)
  to.u8(25, 1)
  to.u8(26, 1)
  to.u8(27, 0x03)
  to.u8(28, 0x19)
  to.u8(29, 1)
  to.u8(30, 1)
  to.u8(31, 0x02)
  to.u64(48, 1_600_321_314_816n)
  to.u32(92, 3)
  to.u8(99, 1)
  to.bytes.set(
    [0x36, 0x34, 0x48, 0x30, 0x52, 0x12, 0x34, 0x56, 0, 0x25, 0x38, 0x45, 0, 0, 0, 1],
    104,
  )
  to.bytes.set([0, 0x25, 0x38, 0x45, 0x12, 0x34, 0x56, 0x78], 120)
  to.bytes.set([0, 0, 9, 2], 128)
  to.bytes.set([8, 0, 12, 0], 132)
  return to.bytes
}

/** Worn, warm, with a spare that is running out. */
export function madeSmartLog(criticalWarning = 0): Uint8Array {
  const to = writer(512)
  to.u8(0, criticalWarning)
  to.u16(1, 273 + 41)
  to.u8(3, 96)
  to.u8(4, 10)
  to.u8(5, 93)
  to.u64(32, 2_000_000n)
  to.u64(48, 30_000_000_000n)
  to.u64(112, 57n)
  to.u64(128, 26_280n)
  to.u64(144, 12n)
  to.u64(160, 3n)
  to.u64(176, 17n)
  to.u32(192, 5)
  to.u16(200, 273 + 41)
  to.u16(202, 273 + 50)
  return to.bytes
}
