/** Where lspci 3.14 is known to be wrong: the lines it concerns, and why. */
const faults: readonly { readonly field: RegExp; readonly reason: string }[] = [
  {
    field: /^head Region \d$/,
    reason:
      'reading a dump, it shows the upper half of a 64-bit base address as one more region ' +
      '(PCI 3.0 §6.2.5.1)',
  },
  {
    field: / Link Frequency Capability( \d)?$/,
    reason: 'it reads one byte of a register of two (HyperTransport 3.10 §7.5.7)',
  },
  {
    field: / Bridge$/,
    reason:
      'it takes the bits from the control register and not from the byte behind it (PCI bus ' +
      'power management 1.2 §3.2.5)',
  },
  {
    field: / LinkIDE#\d+ Ctl$/,
    reason: 'it shows bit 0 where bit 8 is the plaintext CRC (PCI Express 6.2 §7.9.26.4.1)',
  },
  {
    field: / CXL(Ctl2|Cap3|PortSta)$/,
    reason: 'it takes the number of a bit for its mask (CXL 3.1 §8.1.3, §8.1.5)',
  },
]

/**
 * The reason why lspci is wrong in a line on which it and we differ; undefined where it is not known
 * to be.
 */
export function lspciFault(field: string, ours: string | null, theirs: string | null) {
  if (/Region/.test(field) && (ours !== null || theirs?.includes('<unassigned>') !== true)) {
    return undefined
  }
  return faults.find((fault) => fault.field.test(field))?.reason
}
