/** Fields whose lists have grown since DSP0134 3.5, which is what dmidecode 3.4 follows. */
const grown = new Map([
  ['4.Family', '3.6 to 3.8 §7.5.2'],
  ['4.Upgrade', '3.6 to 3.8 §7.5.5'],
  ['8.Port Type', '3.6 §7.9.3'],
  ['17.Form Factor', '3.7 and 3.8 §7.18.1'],
  ['17.Type', '3.7 and 3.8 §7.18.2'],
  ['17.Memory Technology', '3.7 §7.18.6'],
  ['42.Device Type', 'DSP0270 1.3 §8.3'],
])

/** Where dmidecode 3.4 is known to be wrong: the fields it concerns, and why. */
const faults: readonly { readonly field: RegExp; readonly reason: string }[] = [
  {
    field: /^37\.Device \d+ (Load|Handle)$/,
    reason: 'it begins with the second device and reads one past the last (DSP0134 §7.38)',
  },
  {
    field: /^9\.Characteristics$/,
    reason: 'it knows bits 3 to 7 of the second byte in part (DSP0134 3.7 §7.10.7)',
  },
  {
    field: /^4\.Characteristics$/,
    reason: 'where only bits 8 and 9 are set it shows none (DSP0134 §7.5.9)',
  },
  {
    field: /^7\.(Maximum|Installed) Size$/,
    reason: 'sizes below 2 GiB are in both fields, so 0 in the second tells nothing (DSP0134 §7.8)',
  },
  {
    field: /^236\.SAS Expander WWID$/,
    reason: 'it prints 32 of the 64 bits',
  },
  {
    field: /^237\.DIMM Spare Part Number$/,
    reason: 'it takes the year of manufacture for the number of a string; later versions do not',
  },
  {
    field: /^42\.Vendor ID$/,
    reason: 'device types 4 and 5 have their length there, then the ids (DSP0270 1.3 §8.3)',
  },
]

/**
 * The reason why dmidecode is wrong in a field on which it and we differ; undefined where it is not
 * known to be.
 */
export function dmidecodeFault(field: string, ours: string | null, theirs: string | null) {
  const clause = grown.get(field)
  if (theirs === '<OUT OF SPEC>' && ours !== null && clause !== undefined) {
    return `the value is newer than 3.5 of the standard (${clause})`
  }
  if (theirs === 'Reserved' && /^(203\.Device (Type|Location)|238\.Location)$/.test(field)) {
    return 'later versions of dmidecode have a name for it'
  }
  // Others than those of 8 bits each are of an OEM's interface.
  if (field === '42.Vendor ID' && theirs?.includes(':') !== true) return undefined
  if (field === '9.Characteristics' && !/CXL|Async|bifurcation/.test(ours ?? '')) return undefined
  if (field === '4.Characteristics' && theirs !== 'None') return undefined
  if (field.startsWith('7.') && theirs !== '0 kB') return undefined
  return faults.find((fault) => fault.field.test(field))?.reason
}
