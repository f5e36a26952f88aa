/** Text that devices and their firmware give: padded, unterminated, sometimes garbage. */

/** The longest text a fact may have (`text` in protocol/facts/fields.ts). */
export const maxTextLength = 256

/**
 * Device text without padding and control characters; null when nothing is left. Longer text than a
 * fact may hold is no text that a vendor meant: null too, and the caller that has a place for
 * findings reports it.
 */
export function deviceText(raw: string | null | undefined): string | null {
  if (raw === null || raw === undefined) return null
  const text = raw.replaceAll(/\p{Cc}+/gu, ' ').trim()
  return text === '' || text.length > maxTextLength ? null : text
}

/** ASCII bytes of a fixed field, up to the first NUL, as {@link deviceText}. */
export function asciiText(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0)
  return deviceText(latin1.decode(end < 0 ? bytes : bytes.subarray(0, end)))
}

const latin1 = new TextDecoder('latin1')

/**
 * {@link deviceText} that tells something of this very machine: null for what vendors leave in the
 * fields they never filled, which is the same on all of their machines.
 */
export function meaningfulText(raw: string | null | undefined): string | null {
  const text = deviceText(raw)
  if (text === null) return null
  const folded = text.toLowerCase()
  if (placeholders.has(folded) || placeholderShapes.some((shape) => shape.test(folded))) return null
  return text
}

/** Seen in the SMBIOS tables of many makers; compared without case. */
const placeholders = new Set([
  '<bad index>',
  '[empty]',
  '0123456789',
  '0123456789abcdef',
  '012345678901234567',
  '123456789',
  '1234567890',
  'asset-1234567890',
  'base board asset tag',
  'base board serial number',
  'base board version',
  'chassis manufacture',
  'chassis manufacturer',
  'chassis serial number',
  'chassis version',
  'default',
  'default string',
  'empty',
  'invalid',
  'n/a',
  'na',
  'no asset information',
  'no asset tag',
  'no dimm',
  'no enclosure',
  'no module installed',
  'none',
  'not applicable',
  'not available',
  'not defined',
  'not installed',
  'not present',
  'not provided',
  'not specified',
  'null',
  'o.e.m.',
  'oem',
  'sernum',
  'sku',
  'system manufacturer',
  'system product name',
  'system serial number',
  'system version',
  'tbd',
  'to be filled by o.e.m',
  'to be filled by o.e.m.',
  'to be filled by oem',
  'type1productconfigid',
  'type2 - board asset tag',
  'type2 - board serial number',
  'unde fined',
  'undefined',
  'undefined value',
  'unknow',
  'unknown',
  'unspecified',
  'xxxx',
])

const placeholderShapes: readonly RegExp[] = [
  /^([0x.*?_ -])\1*$/,
  /^f{4,}$/,
  // AMI's fields of an empty slot: A1_SerNum0, Array1_PartNumber0, DIMM_A1_AssetTag, ChannelA-...
  /^\w*(sernum|partnum|partnumber|manufacturer|assettag|assettagnum)\d+$/,
  /^\w+_(sernum|partnum|partnumber|manufacturer|assettag|assettagnum)$/,
]
