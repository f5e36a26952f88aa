/**
 * What SMART RETURN STATUS said (ACS-4 §7.44.8), out of the sense data that ATA PASS-THROUGH leaves
 * with CK_COND (SAT-5 §12.2.7): false, a threshold was passed; null: the registers are not there.
 */
export function decodeSmartStatus(sense: Uint8Array): boolean | null {
  const registers = (sense[0] ?? 0) & 0x7f
  const [middle, high] =
    registers >= 0x72
      ? descriptorRegisters(sense)
      : // Fixed format: the command-specific information has the low bytes of the address.
        [sense[10], sense[11]]
  if (middle === 0x4f && high === 0xc2) return true
  return middle === 0xf4 && high === 0x2c ? false : null
}

/** The ATA Status Return descriptor, code 09h. */
function descriptorRegisters(sense: Uint8Array): readonly (number | undefined)[] {
  const end = Math.min(sense.length, 8 + (sense[7] ?? 0))
  for (let at = 8; at + 2 <= end; at += 2 + (sense[at + 1] ?? 0)) {
    if (sense[at] === 0x09) return [sense[at + 9], sense[at + 11]]
  }
  return []
}
