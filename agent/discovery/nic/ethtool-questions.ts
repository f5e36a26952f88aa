import type { DeviceQuestion } from '../../device-question.ts'

type EthtoolQuestion = Extract<DeviceQuestion, { readonly kind: 'ethtool' }>

/**
 * Questions of include/uapi/linux/ethtool.h, structures in the byte order of the machine
 * (little-endian on all we boot on).
 */
export const ethtoolQuestions = {
  /** ETHTOOL_GDRVINFO, struct ethtool_drvinfo. */
  driverInfo: (device: string) => question(device, [0x03], 196),
  /** ETHTOOL_GPERMADDR, struct ethtool_perm_addr with room for the longest address. */
  permanentAddress: (device: string) => question(device, [0x20, 32], 8 + 32),
  /** ETHTOOL_GMODULEINFO, struct ethtool_modinfo. */
  moduleInfo: (device: string) => question(device, [0x42], 44),
  /** ETHTOOL_GMODULEEEPROM, struct ethtool_eeprom: everything from the beginning. */
  moduleEeprom: (device: string, lengthBytes: number) =>
    question(device, [0x43, 0, 0, lengthBytes], 16 + lengthBytes),
  /** ETHTOOL_GLINKSETTINGS; with 0 words for the masks the kernel tells how many it wants. */
  linkSettings: (device: string, wordCount: number) =>
    question(device, [0x4c, 0, 0, wordCount * 0x100_0000], 48 + 3 * 4 * wordCount),
  /** ETHTOOL_GFECPARAM, struct ethtool_fecparam. */
  fec: (device: string) => question(device, [0x50], 16),
} as const

function question(device: string, words: readonly number[], lengthBytes: number): EthtoolQuestion {
  const view = new DataView(new ArrayBuffer(words.length * 4))
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true)
  const request = new Uint8Array(view.buffer).toHex()
  return { kind: 'ethtool', device, request, lengthBytes }
}
