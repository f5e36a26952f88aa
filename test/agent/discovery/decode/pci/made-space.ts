/** Bytes at an offset of config space. */
export type Patch = readonly [offset: number, ...content: number[]]

/**
 * Config space of a made device with capability lists: each patch but the first kind begins a
 * capability of the classic list (offsets below 100h) or of the extended one. The pointers between
 * them are filled in.
 */
export function madeSpace(
  patches: readonly Patch[],
  options: { readonly headerType?: number; readonly size?: number; readonly vendor?: number } = {},
): Uint8Array {
  const { headerType = 0, size = 4096, vendor = 0x8086 } = options
  const config = new Uint8Array(4096)
  config.set([vendor & 0xff, vendor >> 8, 0x33, 0x15, 6, 0, 0x10, 0, 3, 0, 0, 2], 0)
  config[0x0e] = headerType
  const classic = patches.filter(([offset]) => offset < 0x100)
  const extended = patches.filter(([offset]) => offset >= 0x100)
  config[0x34] = classic[0]?.[0] ?? 0
  for (const [index, [offset, ...content]] of classic.entries()) {
    config.set(content, offset)
    config[offset + 1] = classic[index + 1]?.[0] ?? 0
  }
  for (const [index, [offset, ...content]] of extended.entries()) {
    const next = extended[index + 1]?.[0] ?? 0
    config.set(content, offset)
    config[offset + 2] = 1 | ((next & 0xf) << 4)
    config[offset + 3] = next >> 4
  }
  return config.slice(0, size)
}

/** A PCI Express capability at 40h: an endpoint with a link of 16 lanes at 32 GT/s, 8 at 16 in use. */
export const expressEndpoint: Patch = [
  0x40, 0x10, 0, 0x02, 0, 0x02, 0, 0, 0x10, 0x20, 0x20, 0, 0, 0x05, 0x01, 0, 0, 0, 0, 0x84, 0,
]

/** 32 bits, the lowest byte first. */
export function word(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]
}
