import { DecodeError } from '../../../../protocol/errors.ts'
import type { ModuleEeprom } from '../../../../protocol/facts/transceiver-module.ts'
import { decodeModule } from './module.ts'

/** The largest memory a file may hold: all 256 pages of one bank. */
const maxBytes = 128 * 257

/**
 * A module's memory out of a file: its bytes, or the text of `ethtool -m eth0 hex on`, `hexdump -C`
 * or `xxd`.
 */
export function decodeModuleFile(bytes: Uint8Array): ModuleEeprom {
  const memory = hexDump(bytes) ?? bytes
  if (memory.length > maxBytes) {
    throw new DecodeError(
      `Cannot read a module: want up to ${maxBytes} bytes, found ${memory.length}`,
    )
  }
  return decodeModule(memory)
}

/** Offset, then pairs of digits; `xxd` joins pairs and all but ethtool append the letters. */
const line =
  /^(?:0x)?([0-9a-f]{4,8}):?[ \t]+((?:(?:[0-9a-f]{2}){1,4}[ \t]{1,2}){0,15}(?:[0-9a-f]{2}){1,4})(?:[ \t]{2,}\S.*|[ \t]*\|.*\|?)?[ \t]*$/i

/** `hexdump -C` of the largest memory has 160 KiB. */
const maxTextBytes = 192 * 1024

/** Of 8 bytes each the largest memory has 4,112. */
const maxLines = 8192

/** Bytes that a dump shows, or null for what is no dump. Lines may leave gaps, which hold zeros. */
function hexDump(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length > maxTextBytes || bytes.subarray(0, 4096).some((byte) => !isText(byte)))
    return null
  const memory = new Uint8Array(maxBytes)
  let end = 0
  const lines = new TextDecoder('latin1').decode(bytes).split('\n', maxLines + 1)
  if (lines.length > maxLines) return null
  for (const text of lines) {
    const [, offset, digits] = line.exec(text.slice(0, 256).trim()) ?? []
    if (offset === undefined || digits === undefined) continue
    const start = Number.parseInt(offset, 16)
    const values = Uint8Array.fromHex(digits.replaceAll(/[ \t]/g, ''))
    if (start + values.length > maxBytes) {
      throw new DecodeError(`Cannot read a dump: offset ${offset} is past the last page`)
    }
    memory.set(values, start)
    end = Math.max(end, start + values.length)
  }
  return end === 0 ? null : memory.subarray(0, end)
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
