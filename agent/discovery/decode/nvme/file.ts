import { DecodeError } from '../../../../protocol/errors.ts'
import type { NvmeIdentify, NvmeSmart } from '../../../../protocol/facts/nvme.ts'
import { u8 } from '../integers.ts'
import { bytesOfHexDump } from '../scsi/hex-dump.ts'
import { decodeIdentifyController, identifyBytes } from './identify-controller.ts'
import { decodeIdentifyNamespace } from './identify-namespace.ts'
import { decodeNvmeSmart, smartLogBytes } from './smart-log.ts'

/** The data of Identify Controller or Identify Namespace: 4,096 bytes, or a hex dump of them. */
export function decodeNvmeIdentifyFile(file: Uint8Array): NvmeIdentify {
  const bytes = binaryOf(file, identifyBytes)
  if (bytes.every((byte) => byte === 0)) {
    throw new DecodeError('Cannot read NVMe identify data: it is empty')
  }
  return isController(bytes) ? decodeIdentifyController(bytes) : decodeIdentifyNamespace(bytes)
}

/** The SMART / Health log: 512 bytes, or a hex dump of them. */
export function decodeNvmeSmartFile(file: Uint8Array): NvmeSmart {
  return decodeNvmeSmart(binaryOf(file, smartLogBytes))
}

function binaryOf(file: Uint8Array, length: number): Uint8Array {
  if (file.length === length) return file
  const bytes = bytesOfHexDump(file, length)
  if (bytes?.length === length) return bytes
  throw new DecodeError(
    `Cannot read NVMe data: want ${length} bytes, or a hex dump of them, found ${file.length}`,
  )
}

/**
 * Serial, model and firmware of a controller are printable (bytes 4 to 71), where a namespace has
 * the upper half of its size and its capacity; the sizes of queue entries are set, where a
 * namespace has nothing.
 */
function isController(bytes: Uint8Array): boolean {
  const text = bytes.subarray(4, 72)
  if (text.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0)) {
    if (text.some((byte) => byte > 0x20)) return true
  }
  return (u8(bytes, 512) & 0xf) === 6 && (u8(bytes, 513) & 0xf) === 4
}
