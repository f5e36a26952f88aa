import { createHash, getHashes } from 'node:crypto'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import type { TpmEvent, TpmEventLog } from '../../../../protocol/facts/tpm-event-log.ts'
import { hashAlgorithms } from './event-names.ts'
import { sm3 } from './sm3.ts'

/** Numbers of the registers a PC's TPM has. */
const registerCount = 24

const hashNames: Readonly<Record<string, string>> = {
  sha1: 'sha1',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  sha3_256: 'sha3-256',
  sha3_384: 'sha3-384',
  sha3_512: 'sha3-512',
}

/**
 * What the registers hold after the events: each digest is extended into its register, which starts
 * at zeros. The locality that started the TPM is the last byte PCR 0 starts with; an H-CRTM starts it
 * at locality 4 (TCG PC Client PFP 1.06 §3.3.2, §10.4.5.3).
 */
export function replay(
  events: readonly TpmEvent[],
  banks: readonly string[],
  before: readonly Finding[],
): Pick<TpmEventLog, 'pcrs' | 'findings'> {
  const findings = [...before]
  const pcrs: Record<string, Record<string, string>> = {}
  for (const bank of banks) {
    const size = sizeOf(bank)
    const hash = hashOf(bank)
    if (size === null || hash === null) {
      findings.push({
        code: 'tpm.bank-not-replayed',
        severity: 'info',
        subject: 'tpm-eventlog',
        message: `No hash function for the bank ${bank}: its registers are not replayed`,
      })
      continue
    }
    pcrs[bank] = registersOf(events, bank, hash, size)
  }
  const strange = events.find(({ pcr, type }) => type !== 'EV_NO_ACTION' && pcr >= registerCount)
  if (strange !== undefined) {
    findings.push({
      code: 'tpm.no-such-register',
      severity: 'warning',
      subject: 'tpm-eventlog',
      message: `An event extends register ${strange.pcr}, a TPM has ${registerCount}`,
    })
  }
  return { pcrs, findings }
}

type Hash = (bytes: Uint8Array) => Uint8Array

function hashOf(bank: string): Hash | null {
  if (bank === 'sm3_256') return sm3
  const name = hashNames[bank]
  if (name === undefined || !available.has(name)) return null
  return (bytes) => createHash(name).update(bytes).digest()
}

const available: ReadonlySet<string> = new Set(getHashes().map((name) => name.toLowerCase()))

function sizeOf(bank: string): number | null {
  return [...hashAlgorithms.values()].find(({ name }) => name === bank)?.sizeBytes ?? null
}

function registersOf(events: readonly TpmEvent[], bank: string, hash: Hash, size: number) {
  const registers = new Map<number, Uint8Array>()
  for (const { pcr, type, digests } of events) {
    const digest = digests[bank]
    if (type === 'EV_NO_ACTION' || pcr >= registerCount || digest === undefined) continue
    const before = registers.get(pcr) ?? startOf(pcr, size, events)
    registers.set(pcr, new Uint8Array(hash(Buffer.concat([before, Uint8Array.fromHex(digest)]))))
  }
  return Object.fromEntries(
    [...registers]
      .toSorted(([a], [b]) => a - b)
      .map(([pcr, value]) => [String(pcr), value.toHex()]),
  )
}

function startOf(pcr: number, size: number, events: readonly TpmEvent[]): Uint8Array {
  const start = new Uint8Array(size)
  if (pcr !== 0) return start
  const told = events.map(({ content }) => content).find((one) => one?.kind === 'startup-locality')
  if (told?.kind === 'startup-locality') start[size - 1] = told.locality
  else if (events.some(({ type }) => type === 'EV_EFI_HCRTM_EVENT')) start[size - 1] = 4
  return start
}
