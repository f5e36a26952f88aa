import { DecodeError } from '../../../../protocol/errors.ts'
import type { EfiVariableMeaning, TpmEvent } from '../../../../protocol/facts/tpm-event-log.ts'
import { guidText } from '../efi/guid.ts'
import { decodeLoadOption, decodeOptionNumbers } from '../efi/load-option.ts'
import { hexOf, u32le, u64le } from '../integers.ts'
import { plainText } from './event-text.ts'

const headBytes = 32
const longestName = 65_536
const utf16 = new TextDecoder('utf-16le')

/** UEFI_VARIABLE_DATA, §10.2.6: GUID, lengths in characters and in bytes, name in UTF-16, contents. */
export function variableContent(type: string, data: Uint8Array): TpmEvent['content'] {
  if (data.length < headBytes) return null
  const nameBytes = Number(u64le(data, 16)) * 2
  const dataBytes = Number(u64le(data, 24))
  const start = headBytes + nameBytes
  if (start + dataBytes > data.length || nameBytes > longestName) return null
  const name = utf16.decode(data.subarray(headBytes, start))
  const contents = data.subarray(start, start + dataBytes)
  return {
    kind: 'variable',
    vendorGuid: guidText(data, 0),
    name,
    data: hexOf(contents),
    meaning: meaningOf(type, name, contents),
  }
}

/** Names of UEFI 2.10 §3.3, and of shim. */
const switches: ReadonlySet<string> = new Set([
  'SecureBoot',
  'SetupMode',
  'AuditMode',
  'DeployedMode',
  'MokListTrusted',
])
const databases: ReadonlySet<string> = new Set(['PK', 'KEK', 'db', 'dbx', 'dbt', 'dbr', 'devdb'])

function meaningOf(type: string, name: string, data: Uint8Array): EfiVariableMeaning | null {
  // §10.4.1: such an event has the one entry of a database that something was verified by.
  const isAuthority = type.endsWith('_AUTHORITY')
  if (switches.has(name)) {
    return data.length > 1 ? null : { kind: 'switch', enabled: (data[0] ?? 0) !== 0 }
  }
  if (isAuthority && (databases.has(name) || name === 'Shim')) return oneSignature(data)
  if (databases.has(name)) return signatureLists(data)
  if (name.startsWith('SbatLevel')) {
    const text = plainText(data)
    return text === null ? null : { kind: 'text', text }
  }
  try {
    if (name === 'BootOrder') return { kind: 'boot-order', options: decodeOptionNumbers(data) }
    if (/^Boot[0-9A-Fa-f]{4}$/.test(name)) {
      return { kind: 'load-option', option: decodeLoadOption(data) }
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
  return null
}

type SignatureList = Extract<EfiVariableMeaning, { readonly kind: 'signatures' }>['lists'][number]

/** Lists of EFI_SIGNATURE_LIST one after the other, UEFI 2.10 §32.4.1; null where one is malformed. */
function signatureLists(bytes: Uint8Array): EfiVariableMeaning | null {
  const headerBytes = 28
  const lists: SignatureList[] = []
  for (let at = 0; at < bytes.length;) {
    if (at + headerBytes > bytes.length) return null
    const listBytes = u32le(bytes, at + 16)
    const first = at + headerBytes + u32le(bytes, at + 20)
    const entryBytes = u32le(bytes, at + 24)
    const end = at + listBytes
    if (end > bytes.length || first > end || entryBytes < 16) return null
    if ((end - first) % entryBytes !== 0) return null
    lists.push({
      typeGuid: guidText(bytes, at),
      sizeBytes: listBytes,
      headerSizeBytes: first - at - headerBytes,
      entrySizeBytes: entryBytes,
      entries: Array.from({ length: (end - first) / entryBytes }, (_, index) =>
        signatureAt(bytes, first + index * entryBytes, first + (index + 1) * entryBytes),
      ),
    })
    at = end
  }
  return { kind: 'signatures', lists }
}

function oneSignature(bytes: Uint8Array): EfiVariableMeaning | null {
  if (bytes.length < 16) return null
  return { kind: 'signature', ...signatureAt(bytes, 0, bytes.length) }
}

function signatureAt(bytes: Uint8Array, at: number, end: number) {
  return { ownerGuid: guidText(bytes, at), data: hexOf(bytes, at + 16, end) }
}
