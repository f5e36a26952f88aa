import { AppError, DecodeError } from '../../../protocol/errors.ts'
import type { ImportedMachine, ImportEntry } from '../imported-machine.ts'

/** The machine that `read` makes of a line, or the problem it found there. */
export function entryOf(line: number, read: () => ImportedMachine): ImportEntry {
  try {
    return { kind: 'machine', line, machine: read() }
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof AppError)) throw error
    return { kind: 'problem', line, message: error.message }
  }
}

/** The value of a JSON text; throws DecodeError for one that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const shown = text.slice(0, 40)
    throw new DecodeError(`'${shown}${text.length > 40 ? '...' : ''}' is not JSON`, { cause })
  }
}
