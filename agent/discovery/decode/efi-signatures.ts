import { guidText } from './efi/guid.ts'
import { u32le } from './integers.ts'

/** Counts of an EFI signature database. */
export interface SignatureCounts {
  readonly entryCount: number
  readonly certificateCount: number
}

const listHeaderBytes = 28
const x509 = 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072'

/** Lists of EFI_SIGNATURE_LIST one after the other, UEFI 2.10 §32.4.1; null where one is malformed. */
export function countSignatures(bytes: Uint8Array): SignatureCounts | null {
  let entryCount = 0
  let certificateCount = 0
  for (let at = 0; at < bytes.length;) {
    if (at + listHeaderBytes > bytes.length) return null
    const listBytes = u32le(bytes, at + 16)
    const entriesBytes = listBytes - listHeaderBytes - u32le(bytes, at + 20)
    const entryBytes = u32le(bytes, at + 24)
    if (at + listBytes > bytes.length || entriesBytes < 0 || entryBytes === 0) return null
    if (entriesBytes % entryBytes !== 0) return null
    const count = entriesBytes / entryBytes
    entryCount += count
    if (guidText(bytes, at) === x509) certificateCount += count
    at += listBytes
  }
  return { entryCount, certificateCount }
}
