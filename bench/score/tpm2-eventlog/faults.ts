import { createHash } from 'node:crypto'
import { sm3 } from '../../../agent/discovery/decode/tpm/sm3.ts'
import type { TpmEvent } from '../../../protocol/facts/tpm-event-log.ts'
import type { Line } from './peer-log.ts'

/** Registers of a TPM of a PC. */
const registerCount = 24

/**
 * Why the peer's register differs; null where no fault of it is known to give just that. Version 5.4
 * extends every event, also those of no action, and begins with zeros whatever started the TPM.
 */
export function registerFault(
  events: readonly TpmEvent[],
  bank: string,
  pcr: number,
  theirs: string,
): string | null {
  if (pcr >= registerCount)
    return 'a PC has registers 0 to 23 (TCG PC Client Platform TPM Profile, PCR attributes)'
  const own = events.slice(events[0]?.content?.kind === 'specification' ? 1 : 0)
  const digests = own.flatMap((event) => {
    const digest = event.pcr === pcr ? event.digests[bank] : undefined
    return digest === undefined ? [] : [Uint8Array.fromHex(digest)]
  })
  const [first] = digests
  if (first === undefined) return null
  let register: Uint8Array = new Uint8Array(first.length)
  for (const digest of digests) register = hash(bank, Buffer.concat([register, digest]))
  return register.toHex() === theirs
    ? 'EV_NO_ACTION is never extended, and PCR 0 starts with the locality (TCG PFP 1.06 §10.4.5, §3.3.2)'
    : null
}

function hash(bank: string, bytes: Uint8Array): Uint8Array {
  return bank === 'sm3_256' ? sm3(bytes) : createHash(bank.replace('_', '-')).update(bytes).digest()
}

const unknownType = 'Unknown event type'

/** Why the peer's line differs, by what it is of; null where it is not known to be wrong. */
export function lineFault(key: string, ours: string, theirs: string): string | null {
  if (key === 'DevicePath' && theirs.length > ours.length) {
    return 'LengthOfDevicePath says where the path ends (TCG PFP 1.06 §10.2.3)'
  }
  if (key === 'BlobDescription' && theirs === ours.slice(0, -2)) {
    return 'the description has as many bytes as it says (TCG PFP 1.06 §10.2)'
  }
  if (key === 'EventType' && theirs === unknownType && ours.startsWith('EV_')) {
    return 'the type has this name (TCG PFP 1.06 §10.4.1)'
  }
  return null
}

/** A type without a name as the peer writes it. */
export function typeWord(key: string, ours: string, theirs: string): string {
  return key === 'EventType' && ours.startsWith('0x') && theirs === unknownType ? theirs : ours
}

/** Zeros behind the last event, which the peer takes for events of type 0. */
export function isBlank(lines: readonly Line[]): boolean {
  const value = (key: string) => lines.find(([name]) => name === key)?.[1]
  return (
    value('EventType') === 'EV_PREBOOT_CERT' &&
    value('EventSize') === '0' &&
    /^0*$/.test(value('Digest') ?? '')
  )
}
