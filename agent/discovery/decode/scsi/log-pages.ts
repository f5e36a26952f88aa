import { DecodeError } from '../../../../protocol/errors.ts'
import { u16be, u8 } from '../integers.ts'

/** A parameter of a log page: its code, and its bytes. */
export interface LogParameter {
  readonly code: number
  readonly value: Uint8Array
}

const maxParameters = 4096

/** Parameters of a log page, SPC-6 §7.3.2; what was cut off at the end of the answer is left out. */
export function decodeLogPage(answer: Uint8Array, code: number): readonly LogParameter[] {
  if (answer.length < 4 || (u8(answer, 0) & 0x3f) !== code) {
    throw new DecodeError(`Cannot read log page ${code.toString(16)}: the answer is another page`)
  }
  const page = answer.subarray(4, Math.min(answer.length, 4 + u16be(answer, 2)))
  const found: LogParameter[] = []
  for (let at = 0; at + 4 <= page.length && found.length < maxParameters;) {
    const end = at + 4 + u8(page, at + 3)
    if (end > page.length) break
    found.push({ code: u16be(page, at), value: page.subarray(at + 4, end) })
    at = end
  }
  return found
}

/** Codes of the log pages that the device has: page 0, SPC-6 §7.3.22. */
export function decodeLogPageList(answer: Uint8Array): ReadonlySet<number> {
  if (answer.length < 4 || (u8(answer, 0) & 0x3f) !== 0) {
    throw new DecodeError('Cannot read list of log pages: the answer is another page')
  }
  return new Set([...answer.subarray(4, 4 + u16be(answer, 2))].map((byte) => byte & 0x3f))
}

/** A big-endian number of any length; exact up to 2^53. Null: no such parameter. */
export function parameterValue(parameters: readonly LogParameter[], code: number): number | null {
  const value = parameters.find((one) => one.code === code)?.value
  if (value === undefined || value.length === 0 || value.length > 16) return null
  return value.reduce((sum, byte) => sum * 256 + byte, 0)
}

/** What log pages tell of how a disk is; absent pages tell nothing. */
export interface LogReadings {
  readonly healthy: boolean | null
  readonly temperatureCelsius: number | null
  readonly powerOnHours: number | null
  readonly startCount: number | null
  readonly usedRatio: number | null
  readonly uncorrectedCount: number | null
  readonly readBytes: number | null
  readonly writtenBytes: number | null
}

/** Log pages worth asking for: SPC-6 §7.3, SBC-4 §6.4. */
export const healthPages = [0x02, 0x03, 0x05, 0x0d, 0x0e, 0x11, 0x15, 0x2f] as const

/** The readings of the pages that the disk gave, by code. */
export function decodeHealthPages(pages: ReadonlyMap<number, Uint8Array>): LogReadings {
  const parameters = (code: number) => {
    const answer = pages.get(code)
    return answer === undefined ? [] : decodeLogPage(answer, code)
  }
  const informational = parameters(0x2f).find(({ code }) => code === 0)?.value
  // ASC 5Dh: failure prediction threshold exceeded; 0Bh: warning, of which 01h is the temperature.
  const isFailing = (informational?.[0] ?? 0) === 0x5d
  const errors = [parameters(0x02), parameters(0x03), parameters(0x05)].flatMap((page) => {
    const count = parameterValue(page, 6)
    return count === null ? [] : [count]
  })
  const media = parameters(0x11).find(({ code }) => code === 1)?.value
  const minutes = parameters(0x15).find(({ code }) => code === 0)?.value
  return {
    healthy: informational === undefined ? null : !isFailing,
    temperatureCelsius: temperature(parameters(0x0d)[0]?.value[1] ?? informational?.[2]),
    // Page 15h, background scan status: accumulated power on minutes.
    powerOnHours:
      minutes === undefined || minutes.length < 4
        ? null
        : (u16be(minutes, 0) * 0x1_0000 + u16be(minutes, 2)) / 60,
    startCount: parameterValue(parameters(0x0e), 4),
    // Page 11h: percentage used endurance indicator.
    usedRatio: media === undefined || media.length < 4 ? null : (media[3] ?? 0) / 100,
    uncorrectedCount: errors.length === 0 ? null : errors.reduce((sum, one) => sum + one, 0),
    readBytes: parameterValue(parameters(0x03), 5),
    writtenBytes: parameterValue(parameters(0x02), 5),
  }
}

/** FFh: not there; 0: many disks leave it so. */
function temperature(byte: number | undefined): number | null {
  return byte === undefined || byte === 0 || byte === 0xff ? null : byte
}
