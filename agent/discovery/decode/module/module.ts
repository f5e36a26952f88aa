import { DecodeError } from '../../../../protocol/errors.ts'
import { toHex, u8 } from '../integers.ts'
import { decodeCmis } from './cmis.ts'
import type { DecodedModule } from './fields.ts'
import { decodeSff8472 } from './sff-8472.ts'
import { decodeSff8636 } from './sff-8636.ts'

type Decode = (memory: Uint8Array) => DecodedModule

/** A piece of 128 bytes of a module's memory, and where it goes in the whole that is decoded. */
export interface ModulePiece {
  /** 0x50, or 0x51 for the second address of SFF-8472. */
  readonly i2cAddress: number
  readonly page: number
  /** 0 or 128 inside the page. */
  readonly offset: number
  readonly at: number
}

/** The lower memory, which every map has and which says what else there is. */
export const lowerPiece: ModulePiece = { i2cAddress: 0x50, page: 0, offset: 0, at: 0 }

/** What to read of a module besides its lower memory, for {@link decodeModule}. */
export function furtherPieces(lower: Uint8Array): readonly ModulePiece[] {
  const upper = (page: number) => ({
    i2cAddress: 0x50,
    page,
    offset: 128,
    at: 128 * (page + 1),
  })
  const second = (offset: number) => ({ i2cAddress: 0x51, page: 0, offset, at: 256 + offset })
  const status = u8(lower, 2)
  switch (maps.get(u8(lower, 0))) {
    case decodeSff8472:
      // Byte 92: there is monitoring, and its address answers without having to be switched to.
      return (u8(lower, 92) & 0x44) === 0x40 ? [upper(0), second(0), second(128)] : [upper(0)]
    case decodeSff8636:
      return (status & 0x04) === 0 ? [upper(0), upper(0x03)] : [upper(0)]
    case decodeCmis:
      return (status & 0x80) === 0 ? [0, 0x01, 0x02, 0x11].map(upper) : [upper(0)]
    default:
      return [upper(0)]
  }
}

/** Which map a module follows, by its identifier (SFF-8024 table 4-1). */
const maps: ReadonlyMap<number, Decode> = new Map<number, Decode>([
  [0x02, decodeSff8472],
  [0x03, decodeSff8472],
  [0x0b, decodeSff8472],
  [0x0c, decodeSff8636],
  [0x0d, decodeSff8636],
  [0x11, decodeSff8636],
  [0x17, decodeSff8636],
  ...[0x18, 0x19, 0x1b, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25].map(
    (identifier): [number, Decode] => [identifier, decodeCmis],
  ),
])

/**
 * A transceiver module's memory as ETHTOOL_GMODULEEEPROM and the `eeprom` file of Linux's I2C drivers
 * give it: pages one after the other. Throws DecodeError for a module of no map we know.
 */
export function decodeModule(memory: Uint8Array): DecodedModule {
  if (memory.every((byte) => byte === memory[0])) {
    throw new DecodeError('Cannot read a module: its memory is empty, or nothing answered')
  }
  const identifier = u8(memory, 0)
  const decode = maps.get(identifier)
  if (decode !== undefined) return decode(memory)
  throw new DecodeError(`Cannot read a module of identifier ${toHex(identifier, 2)}: no such map`)
}
