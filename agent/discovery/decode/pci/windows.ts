import { toHex, u16le, u32le, u8 } from '../integers.ts'

/** Addresses that a bridge passes on, both ends included; nothing where `base` is above `limit`. */
export interface BridgeWindow {
  readonly kind: 'io' | 'memory' | 'prefetchable-memory'
  /** `0x` and hex. */
  readonly base: string
  readonly limit: string
  readonly widthBits: 16 | 32 | 64
}

/** PCI-to-PCI bridge 1.2 §3.2.5.6 to §3.2.5.10. A window whose two ends differ in kind is left out. */
export function bridgeWindows(config: Uint8Array): readonly BridgeWindow[] {
  return [io(config), memory(config), prefetchable(config)].filter((one) => one !== null)
}

function io(config: Uint8Array): BridgeWindow | null {
  const [base, limit] = [u8(config, 0x1c), u8(config, 0x1d)]
  const type = base & 0xf
  if (type !== (limit & 0xf) || type > 1) return null
  const upper = (at: number) => (type === 1 ? u16le(config, at) * 0x1_0000 : 0)
  return {
    kind: 'io',
    base: address(upper(0x30) + (base & 0xf0) * 0x100),
    limit: address(upper(0x32) + (limit & 0xf0) * 0x100 + 0xfff),
    widthBits: type === 1 ? 32 : 16,
  }
}

function memory(config: Uint8Array): BridgeWindow | null {
  const [base, limit] = [u16le(config, 0x20), u16le(config, 0x22)]
  if (((base | limit) & 0xf) !== 0) return null
  return {
    kind: 'memory',
    base: address(base * 0x1_0000),
    limit: address(limit * 0x1_0000 + 0xf_ffff),
    widthBits: 32,
  }
}

function prefetchable(config: Uint8Array): BridgeWindow | null {
  const [base, limit] = [u16le(config, 0x24), u16le(config, 0x26)]
  const type = base & 0xf
  if (type !== (limit & 0xf) || type > 1) return null
  const whole = (low: number, upperAt: number, rest: bigint) =>
    `0x${((type === 1 ? BigInt(u32le(config, upperAt)) << 32n : 0n) + BigInt(low & 0xfff0) * 0x1_0000n + rest).toString(16)}`
  return {
    kind: 'prefetchable-memory',
    base: whole(base, 0x28, 0n),
    limit: whole(limit, 0x2c, 0xf_ffffn),
    widthBits: type === 1 ? 64 : 32,
  }
}

/** PC Card standard 8.0 volume 7 §4.5.1: two windows of memory and two of ports. */
export function cardWindows(config: Uint8Array): readonly BridgeWindow[] {
  const control = u16le(config, 0x3e)
  const windows = [0x1c, 0x24, 0x2c, 0x34].map((at, index): BridgeWindow => {
    const [base, limit] = [u32le(config, at), u32le(config, at + 4)]
    if (index < 2) {
      const isPrefetchable = ((control >> (8 + index)) & 1) === 1
      return {
        kind: isPrefetchable ? 'prefetchable-memory' : 'memory',
        base: address(base),
        limit: address((limit + 0xfff) % 2 ** 32),
        widthBits: 32,
      }
    }
    const wide = (base & 1) === 1
    const ports = (value: number) => (wide ? value - (value & 3) : value & 0xfffc)
    return {
      kind: 'io',
      base: address(ports(base)),
      limit: address(ports(limit) + 3),
      widthBits: wide ? 32 : 16,
    }
  })
  return windows
}

function address(value: number): string {
  return `0x${toHex(value, 1)}`
}
