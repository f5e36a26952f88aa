import { DecodeError } from '../../../../protocol/errors.ts'
import { hexOf, toHex, u16be, u8 } from '../integers.ts'

/** TPM 2.0 library specification part 2 §6.5.2 and part 3: the commands that only read. */
export const tpmCommand = {
  nvReadPublic: 0x169,
  readPublic: 0x173,
  getCapability: 0x17a,
  pcrRead: 0x17e,
} as const

const withoutSession = 0x8001
const headerBytes = 10

/** A command without a session, in hex (part 1 §18). */
function command(code: number, parameters: string): string {
  const size = headerBytes + parameters.length / 2
  return `${toHex(withoutSession, 4)}${toHex(size, 8)}${toHex(code, 8)}${parameters}`
}

/** TPM_CAP, part 2 §6.12. */
export const tpmCapability = { handles: 1, pcrs: 5, properties: 6 } as const

/** TPM2_GetCapability, part 3 §30.2. */
export function getCapability(capability: number, property: number, count: number): string {
  return command(
    tpmCommand.getCapability,
    `${toHex(capability, 8)}${toHex(property, 8)}${toHex(count, 8)}`,
  )
}

/** TPM2_NV_ReadPublic, part 3 §31.6. */
export function nvReadPublic(index: number): string {
  return command(tpmCommand.nvReadPublic, toHex(index, 8))
}

/** TPM2_PCR_Read of one bank, part 3 §22.4: at most eight registers come back. */
export function pcrRead(algorithm: number, numbers: readonly number[]): string {
  const bits = new Uint8Array(3)
  for (const number of numbers) bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7))
  return command(tpmCommand.pcrRead, `00000001${toHex(algorithm, 4)}03${bits.toHex()}`)
}

/** The parameters of an answer; null where the TPM refused (part 2 §6.6). */
export function answerParameters(answer: Uint8Array): Uint8Array | null {
  if (answer.length < headerBytes || u32be(answer, 2) !== answer.length) {
    throw new DecodeError(`Cannot read TPM answer: ${answer.length} bytes are no whole answer`)
  }
  return u32be(answer, 6) === 0 ? answer.subarray(headerBytes) : null
}

const maxEntries = 1024

/** TPML_TAGGED_TPM_PROPERTY: value by property. */
export function taggedProperties(parameters: Uint8Array): ReadonlyMap<number, number> {
  const count = listCount(parameters, tpmCapability.properties, 8)
  return new Map(
    Array.from({ length: count }, (_, index) => [
      u32be(parameters, 9 + index * 8),
      u32be(parameters, 13 + index * 8),
    ]),
  )
}

/** TPML_HANDLE. */
export function handles(parameters: Uint8Array): readonly number[] {
  const count = listCount(parameters, tpmCapability.handles, 4)
  return Array.from({ length: count }, (_, index) => u32be(parameters, 9 + index * 4))
}

/** `moreData`, the capability, a count, and so many entries. */
function listCount(parameters: Uint8Array, capability: number, entryBytes: number): number {
  if (u32be(parameters, 1) !== capability) {
    throw new DecodeError(`Cannot read TPM capability: want ${capability}, found another`)
  }
  const count = u32be(parameters, 5)
  if (count > maxEntries || 9 + count * entryBytes > parameters.length) {
    throw new DecodeError(`Cannot read TPM capability: ${count} entries are not in it`)
  }
  return count
}

/** A bank and the registers it has. */
export interface PcrSelection {
  readonly algorithm: number
  readonly numbers: readonly number[]
}

/** TPML_PCR_SELECTION of TPM_CAP_PCRS: the banks that are allocated. */
export function pcrSelections(parameters: Uint8Array): readonly PcrSelection[] {
  if (u32be(parameters, 1) !== tpmCapability.pcrs) {
    throw new DecodeError('Cannot read TPM capability: want the register banks, found another')
  }
  const selections = readSelections(parameters, 5).selections
  return selections.filter(({ numbers }) => numbers.length > 0)
}

function readSelections(bytes: Uint8Array, start: number) {
  const count = u32be(bytes, start)
  if (count > 16) throw new DecodeError(`Cannot read TPM register banks: ${count} of them`)
  const selections: PcrSelection[] = []
  let at = start + 4
  for (let index = 0; index < count; index++) {
    const length = u8(bytes, at + 2)
    const map = bytes.subarray(at + 3, at + 3 + Math.min(length, 4))
    const numbers = [...map].flatMap((byte, place) =>
      [0, 1, 2, 3, 4, 5, 6, 7]
        .filter((bit) => ((byte >> bit) & 1) === 1)
        .map((bit) => place * 8 + bit),
    )
    selections.push({ algorithm: u16be(bytes, at), numbers })
    at += 3 + length
  }
  return { selections, next: at }
}

/** Digests of TPM2_PCR_Read by register, in hex. */
export function pcrValues(parameters: Uint8Array): ReadonlyMap<number, string> {
  const { selections, next } = readSelections(parameters, 4)
  const numbers = selections.flatMap((selection) => selection.numbers)
  const count = u32be(parameters, next)
  const values = new Map<number, string>()
  let at = next + 4
  for (const number of numbers.slice(0, count)) {
    const size = u16be(parameters, at)
    if (at + 2 + size > parameters.length || size > 64) {
      throw new DecodeError('Cannot read TPM registers: a digest ends past the answer')
    }
    values.set(number, hexOf(parameters, at + 2, at + 2 + size))
    at += 2 + size
  }
  return values
}

/** `dataSize` of TPM2_NV_ReadPublic's TPM2B_NV_PUBLIC (part 2 §13.5). */
export function nvDataSize(parameters: Uint8Array): number {
  const policyBytes = u16be(parameters, 12)
  return u16be(parameters, 14 + policyBytes)
}

function u32be(bytes: Uint8Array, offset: number): number {
  return u16be(bytes, offset) * 0x1_0000 + u16be(bytes, offset + 2)
}
