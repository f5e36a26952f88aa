import { DecodeError } from '../../../../protocol/errors.ts'
import { toHex } from '../integers.ts'

/** IPMI 2.0 table 5-2: codes by which a BMC says that it has no such thing, or will not tell it. */
const none: ReadonlySet<number> = new Set([
  0x80, // parameter not supported, of configuration commands
  0xc1, // invalid command
  0xc2, // invalid for this LUN
  0xc9, // parameter out of range
  0xcb, // requested sensor, data, or record not present
  0xcc, // invalid data field
  0xcd, // not for this sensor or record
  0xd4, // insufficient privilege
  0xd5, // not in the present state
  0xd6, // function disabled
])

/**
 * The data of an answer without its completion code; null where the BMC does not have it. Throws where
 * it failed. The data of a good answer are at least `leastBytes` long.
 */
export function ipmiData(answer: Uint8Array, leastBytes: number): Uint8Array | null {
  const code = answer[0]
  if (code === undefined) throw new DecodeError('Cannot read IPMI answer: it is empty')
  if (none.has(code)) return null
  if (code !== 0) throw new Error(`completion code ${toHex(code, 2)}h`)
  if (answer.length < 1 + leastBytes) {
    const found = answer.length - 1
    throw new DecodeError(`Cannot read IPMI answer: want ${leastBytes} bytes, found ${found}`)
  }
  return answer.subarray(1)
}
