import { DecodeError } from '../../../protocol/errors.ts'
import type { EfiBoot } from '../../../protocol/facts/storage-boot.ts'
import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import {
  decodeLoadOption,
  decodeOptionNumbers,
  efiVariableData,
} from '../decode/efi/load-option.ts'
import { u16le } from '../decode/integers.ts'
import { paths } from '../paths.ts'
import { binaryAttribute } from '../sysfs.ts'

/** EFI_GLOBAL_VARIABLE, UEFI 2.10 §3.3. */
const globalVariable = '8be4df61-93ca-11d2-aa0d-00e098032b8c'

/** Firmware keeps a few dozen, and names no more than these in its order. */
const maxEntries = 512

/** What the firmware would boot; null: no UEFI, or its variables are not there to read. */
export async function readEfiBoot(
  host: Host,
): Promise<{ readonly boot: EfiBoot | null; readonly findings: readonly Finding[] }> {
  const names = await host.list(paths.efivars)
  const numbers = names.flatMap((name) => {
    const [, number, guid] = /^Boot([0-9A-F]{4})-(.+)$/i.exec(name) ?? []
    return number !== undefined && guid === globalVariable ? [{ name, number }] : []
  })
  const read = async (name: string) => {
    const file = await binaryAttribute(host, `${paths.efivars}/${name}-${globalVariable}`)
    return file === null ? null : efiVariableData(file)
  }
  const numbersIn = async (name: string) => {
    const data = await read(name)
    return data === null ? [] : decodeOptionNumbers(data)
  }
  const order = await numbersIn('BootOrder')
  if (Math.max(numbers.length, order.length) > maxEntries) {
    throw new DecodeError(`Cannot read boot entries: over ${maxEntries}`)
  }
  if (numbers.length === 0 && order.length === 0) return { boot: null, findings: [] }
  const entries = await attemptEach('storage.boot-entry', numbers, async ({ name, number }) => {
    const file = await binaryAttribute(host, `${paths.efivars}/${name}`)
    if (file === null) return null
    return { number: number.toLowerCase(), ...decodeLoadOption(efiVariableData(file)) }
  })
  const timeout = await read('Timeout')
  const [current] = await numbersIn('BootCurrent')
  const [next] = await numbersIn('BootNext')
  return {
    boot: {
      current: current ?? null,
      next: next ?? null,
      order: [...order],
      timeoutSeconds: timeout === null || timeout.length < 2 ? null : u16le(timeout, 0),
      entries: [...entries.found],
    },
    findings: entries.findings,
  }
}
