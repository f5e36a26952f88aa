import { DecodeError } from '../../../../protocol/errors.ts'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import type { TpmEvent, TpmEventLog } from '../../../../protocol/facts/tpm-event-log.ts'
import { hexOf, toHex, u16le, u32le } from '../integers.ts'
import { eventContent } from './event-content.ts'
import { algorithmName, eventTypeName, hashAlgorithms } from './event-names.ts'
import { replay } from './replay.ts'

/** Firmware writes a few hundred; more than these are garbage. */
const maxEvents = 65_536
const maxDigests = 16

/**
 * A measured-boot event log as the kernel keeps it (binary_bios_measurements): TCG PC Client Platform
 * Firmware Profile 1.06 §10. What can be read before a malformed event is kept, with a finding.
 */
export function decodeTpmEventLog(log: Uint8Array): TpmEventLog {
  const first = legacyEvent(log, 0)
  if (first === null) throw new DecodeError('Cannot read TPM event log: no event in it')
  const specification =
    first.event.content?.kind === 'specification' && first.event.content.algorithms.length > 0
      ? first.event.content
      : null
  const sizes = new Map(
    specification?.algorithms.map(({ id, digestSizeBytes }) => [id, digestSizeBytes]) ?? [],
  )
  const events: TpmEvent[] = [first.event]
  const findings: Finding[] = []
  let at = first.next
  while (at < log.length && !isPadding(log, at)) {
    const read = specification === null ? legacyEvent(log, at) : agileEvent(log, at, sizes)
    if (read === null || events.length >= maxEvents) {
      findings.push({
        code: 'tpm.log-malformed',
        severity: 'warning',
        subject: 'tpm-eventlog',
        message: `Event ${events.length} at byte ${at} of ${log.length} cannot be read`,
      })
      break
    }
    events.push(read.event)
    at = read.next
  }
  const banks = specification === null ? ['sha1'] : [...sizes.keys()]
  return {
    format: specification === null ? '1.2' : '2.0',
    events,
    ...replay(events, banks, findings),
  }
}

interface ReadEvent {
  readonly event: TpmEvent
  readonly next: number
}

/** Buffers are handed on whole: what was never written is zeros or ones. */
function isPadding(log: Uint8Array, at: number): boolean {
  const rest = log.subarray(at)
  return rest.length < 8 || rest.every((byte) => byte === 0) || rest.every((byte) => byte === 0xff)
}

/** §10.2.1: number, type, SHA-1, size, bytes. */
function legacyEvent(log: Uint8Array, at: number): ReadEvent | null {
  if (at + 32 > log.length) return null
  const digests = { sha1: hexOf(log, at + 8, at + 28) }
  return eventAt(log, at, digests, at + 28)
}

/** §10.2.2: number, type, count, that many algorithms and digests, size, bytes. */
function agileEvent(
  log: Uint8Array,
  at: number,
  sizes: ReadonlyMap<string, number>,
): ReadEvent | null {
  if (at + 12 > log.length) return null
  const count = u32le(log, at + 8)
  if (count > maxDigests) return null
  const digests: Record<string, string> = {}
  let place = at + 12
  for (let index = 0; index < count; index++) {
    if (place + 2 > log.length) return null
    const id = u16le(log, place)
    const name = algorithmName(id)
    const size = sizes.get(name) ?? hashAlgorithms.get(id)?.sizeBytes
    if (size === undefined || place + 2 + size > log.length) return null
    digests[name] = hexOf(log, place + 2, place + 2 + size)
    place += 2 + size
  }
  return eventAt(log, at, digests, place)
}

function eventAt(
  log: Uint8Array,
  at: number,
  digests: Readonly<Record<string, string>>,
  sizeAt: number,
): ReadEvent | null {
  if (sizeAt + 4 > log.length) return null
  const sizeBytes = u32le(log, sizeAt)
  const start = sizeAt + 4
  if (start + sizeBytes > log.length) return null
  const code = u32le(log, at + 4)
  const type = eventTypeName(code)
  const data = log.subarray(start, start + sizeBytes)
  return {
    event: {
      pcr: u32le(log, at),
      type,
      typeCode: `0x${toHex(code, 8)}`,
      digests,
      sizeBytes,
      data: hexOf(data),
      content: eventContent(type, data),
    },
    next: start + sizeBytes,
  }
}
