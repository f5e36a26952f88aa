/** `0x738c` as bare lower-case digits; null when it is not a number of at most `digits` digits. */
export function hexId(text: string | null, digits: number): string | null {
  const found = /^0x([0-9a-f]{1,16})$/i.exec(text?.trim() ?? '')?.[1]?.toLowerCase()
  const bare = found?.replace(/^0+(?=.)/, '')
  return bare === undefined || bare.length > digits ? null : bare.padStart(digits, '0')
}

/** The serial of an AMD chip in 16 hex digits; null where it has none, which reads as 0. */
export function uniqueId(text: string | null): string | null {
  const bare = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text?.trim() ?? '')?.[1]?.toLowerCase()
  if (bare === undefined || /^0*$/.test(bare)) return null
  return bare.padStart(16, '0')
}
