import { DecodeError } from '../../../../protocol/errors.ts'
import type { PciConfigFile, PciConfigSpace } from '../../../../protocol/facts/pci-config.ts'
import { decodePciSpace } from './space.ts'

const spaceSizes: ReadonlySet<number> = new Set([64, 256, 4096])
const maxFunctions = 8192
/** Four rows: who lost more has not copied a dump but parts of one. */
const maxGapBytes = 64

/**
 * Configuration space as /sys/bus/pci/devices/.../config gives it, or the text of `lspci -x`, `-xxx`
 * or `-xxxx`, of one function or of a whole machine.
 */
export function decodePciFile(file: Uint8Array): PciConfigFile {
  if (spaceSizes.has(file.length) && !isDump(file)) {
    return { functions: [decodePciSpace(file, null)] }
  }
  const text = new TextDecoder('latin1').decode(file)
  const functions = dumpsIn(text)
  if (functions.length > 0) return { functions }
  // What lspci prints without the bytes is no config space.
  if (file.length >= 64 && !/^[\t\r\n -~]*$/.test(text))
    return { functions: [decodePciSpace(file.subarray(0, 4096), null)] }
  throw new DecodeError(`Cannot read PCI config space: neither 64 bytes nor an lspci dump`)
}

function isDump(file: Uint8Array): boolean {
  return /^[0-9a-f:.]+ .*\n[0-9a-f]{2,3}: /i.test(new TextDecoder('latin1').decode(file))
}

const slotLine = /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) /i
const dumpLine = /^([0-9a-f]{2,3}):((?: [0-9a-f]{2}){1,16})\s*$/i

function dumpsIn(text: string): PciConfigSpace[] {
  const spaces: { readonly address: string | null; readonly bytes: number[] }[] = []
  for (const line of text.split('\n')) {
    const slot = slotLine.exec(line)?.[1]?.toLowerCase()
    if (slot !== undefined) {
      if (spaces.length >= maxFunctions) break
      spaces.push({ address: slot.length === 7 ? `0000:${slot}` : slot, bytes: [] })
      continue
    }
    const [, offset, row] = dumpLine.exec(line) ?? []
    if (offset === undefined || row === undefined) continue
    if (spaces.length === 0) spaces.push({ address: null, bytes: [] })
    const bytes = spaces.at(-1)?.bytes
    const start = Number.parseInt(offset, 16)
    // A row that is out of order would put bytes where others are already.
    if (bytes === undefined || start < bytes.length) continue
    if (start - bytes.length > maxGapBytes) continue
    // A row that is missing reads as a function does that is not there.
    while (bytes.length < start) bytes.push(0xff)
    const pairs = row.trim().split(' ')
    bytes.push(...pairs.slice(0, 4096 - start).map((pair) => Number.parseInt(pair, 16)))
  }
  return spaces
    .filter(({ bytes }) => bytes.length >= 64)
    .map(({ address, bytes }) => decodePciSpace(Uint8Array.from(bytes), address))
}
