import type { IpmiFru } from '../../../protocol/facts/ipmi.ts'
import { u16le, u8 } from '../decode/integers.ts'
import { decodeFru } from '../decode/ipmi/fru.ts'
import { type AskBmc, netFunction } from './ask.ts'

const getAreaInfo = 0x10
const readData = 0x11

/** What every BMC hands out at a time over every interface. */
const pieceBytes = 16
/** Inventories have some hundred bytes; what lies past this is a maker's own. */
const maxFruBytes = 4096

/** The inventory of FRU device `id` (IPMI 2.0 §34); null where there is none. */
export async function readFru(ask: AskBmc, id: number): Promise<IpmiFru | null> {
  const info = await ask(netFunction.storage, getAreaInfo, [id], 3)
  if (info === null) return null
  const byWords = (u8(info, 2) & 1) === 1
  const unit = byWords ? 2 : 1
  const size = Math.min(u16le(info, 0), maxFruBytes)
  const bytes = new Uint8Array(size)
  let used = 0
  while (used < size) {
    const wanted = Math.min(pieceBytes, size - used)
    const offset = used / unit
    const request = [id, offset & 0xff, offset >> 8, Math.ceil(wanted / unit)]
    const piece = await ask(netFunction.storage, readData, request, 1)
    const count = piece === null ? 0 : Math.min(u8(piece, 0) * unit, piece.length - 1, size - used)
    if (piece === null || count <= 0) break
    bytes.set(piece.subarray(1, 1 + count), used)
    used += count
    // A piece of an odd number of bytes has no offset in words.
    if (used % unit !== 0) break
  }
  const read = bytes.subarray(0, used)
  return used === 0 || read.every((byte) => byte === 0) || read.every((byte) => byte === 0xff)
    ? null
    : decodeFru(read)
}
