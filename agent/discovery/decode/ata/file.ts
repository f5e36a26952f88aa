import { DecodeError } from '../../../../protocol/errors.ts'
import type { AtaIdentifyFile } from '../../../../protocol/facts/ata-details.ts'
import type { AtaSmartFile } from '../../../../protocol/facts/ata.ts'
import { u32be } from '../lldp/bytes.ts'
import { decodeIdentifyDetails } from './identify-details.ts'
import { decodeAtaIdentify } from './identify.ts'
import { decodeAtaSmart } from './smart.ts'

const sectorBytes = 512

/** The data of IDENTIFY DEVICE as 512 bytes, or as the text that `hdparm --Istdout` prints. */
export function decodeAtaIdentifyFile(file: Uint8Array): AtaIdentifyFile {
  const data = identifyOf(file)
  return { ...decodeAtaIdentify(data), details: decodeIdentifyDetails(data) }
}

function identifyOf(file: Uint8Array): Uint8Array {
  if (file.length === sectorBytes) return file
  return chunksOf(file)?.get('IDFY') ?? wordsOfText(file)
}

/**
 * What is kept of a disk's SMART: the chunks that libatasmart saves (IDFY, SMST, SMDT, SMTH, each
 * with its length), or one to three sectors: data, thresholds, identify.
 */
export function decodeAtaSmartFile(file: Uint8Array): AtaSmartFile {
  const chunks = chunksOf(file) ?? sectorsOf(file)
  const part = (name: string) => {
    const bytes = chunks.get(name)
    return bytes === undefined || bytes.length !== sectorBytes ? null : bytes
  }
  const identifyBytes = part('IDFY')
  const identify = identifyBytes === null ? null : decodeAtaIdentify(identifyBytes)
  const data = part('SMDT')
  const status = chunks.get('SMST')
  const healthy = status === undefined || status.length < 4 ? null : u32be(status, 0) !== 0
  if (identify === null && data === null) {
    throw new DecodeError('Cannot read SMART file: neither identify data nor SMART data in it')
  }
  const smart = data === null ? null : decodeAtaSmart(data, part('SMTH'), identify, healthy)
  return { identify, smart }
}

/** Null where the file does not begin with a chunk. Lengths are big-endian. */
function chunksOf(file: Uint8Array): ReadonlyMap<string, Uint8Array> | null {
  const chunks = new Map<string, Uint8Array>()
  let at = 0
  while (at + 8 <= file.length) {
    const name = String.fromCharCode(...file.subarray(at, at + 4))
    const length = u32be(file, at + 4)
    if (!/^(IDFY|SMST|SMDT|SMTH)$/.test(name) || at + 8 + length > file.length) break
    chunks.set(name, file.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return chunks.size === 0 ? null : chunks
}

function sectorsOf(file: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (file.length === 0 || file.length % sectorBytes !== 0 || file.length > 3 * sectorBytes) {
    throw new DecodeError(`Cannot read SMART file: ${file.length} bytes are no whole sectors`)
  }
  const names = ['SMDT', 'SMTH', 'IDFY']
  return new Map(
    names
      .slice(0, file.length / sectorBytes)
      .map((name, index) => [name, file.subarray(index * sectorBytes, (index + 1) * sectorBytes)]),
  )
}

/** 256 words in hexadecimal, as hdparm prints them and the kernel's `identify` of old had them. */
function wordsOfText(file: Uint8Array): Uint8Array {
  const words =
    new TextDecoder().decode(file.subarray(0, 65_536)).match(/\b[0-9a-fA-F]{4}\b/g) ?? []
  if (words.length !== 256) {
    throw new DecodeError(
      `Cannot read ATA identify data: want 512 bytes or 256 words, found neither`,
    )
  }
  const bytes = new Uint8Array(sectorBytes)
  for (const [index, text] of words.entries()) {
    const value = Number.parseInt(text, 16)
    bytes[index * 2] = value & 0xff
    bytes[index * 2 + 1] = value >> 8
  }
  return bytes
}
