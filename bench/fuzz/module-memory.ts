/** Module memories made by the standards: what the fuzzer begins from, and tests. */

/** What a made memory has besides its identity. */
export interface MemoryParts {
  /** Bytes in hex by the offset of the first. */
  readonly hex?: Readonly<Record<number, string>>
  /** Values of single bytes by offset. */
  readonly bytes?: Readonly<Record<number, number>>
  /** Text at an offset, to be padded with blanks to its length. */
  readonly texts?: Readonly<Record<number, readonly [string, number]>>
  /** Big-endian 16-bit values one after the other, by the offset of the first. */
  readonly words?: Readonly<Record<number, readonly number[]>>
  /** Where a checksum goes: its offset to where it starts. */
  readonly sums?: Readonly<Record<number, number>>
}

/** `base` with the parts put in, checksums last. */
export function withParts(base: Uint8Array, parts: MemoryParts): Uint8Array {
  const memory = base.slice()
  const view = new DataView(memory.buffer)
  for (const [at, digits] of Object.entries(parts.hex ?? {})) {
    memory.set(Uint8Array.fromHex(digits.replaceAll(' ', '')), Number(at))
  }
  for (const [at, value] of Object.entries(parts.bytes ?? {})) memory[Number(at)] = value
  for (const [at, values] of Object.entries(parts.words ?? {})) {
    for (const [index, value] of values.entries()) view.setUint16(Number(at) + index * 2, value)
  }
  for (const [at, [text, length]] of Object.entries(parts.texts ?? {})) {
    memory.set(new TextEncoder().encode(text.padEnd(length)), Number(at))
  }
  for (const [at, start] of Object.entries(parts.sums ?? {})) {
    memory[Number(at)] = memory
      .subarray(start, Number(at))
      .reduce((sum, byte) => (sum + byte) & 0xff, 0)
  }
  return memory
}

/** Where a map keeps who made the module, for texts that any module may have. */
export const identityTexts = {
  sff8472: {
    20: ['FINISAR CORP.', 16],
    40: ['FTLX8571D3BCL', 16],
    56: ['A', 4],
    68: ['AQG20FH', 16],
    84: ['130501', 8],
  },
  sff8636: {
    148: ['Mellanox', 16],
    168: ['MMA1B00-C100D', 16],
    184: ['A3', 2],
    196: ['MT2011FT01234', 16],
    212: ['200315A1', 8],
  },
  cmis: {
    129: ['NVIDIA', 16],
    148: ['MMA4Z00-NS400', 16],
    164: ['A4', 2],
    166: ['MT2345FT01234', 16],
    182: ['231105', 8],
    190: ['CMUIAH8AAA', 10],
  },
} as const

/** A 10GBASE-SR module with monitoring that is calibrated internally. */
export function sfpMemory(parts: MemoryParts = {}): Uint8Array {
  const base = withParts(new Uint8Array(512), {
    hex: { 0: '03 04 07 10', 11: '06 67', 16: '08 03 00 1e', 37: '00 90 65', 92: '68 f0 03' },
    bytes: { 65: 0x1a },
    texts: identityTexts.sff8472,
    words: {
      60: [850],
      // Limits: temperature (80, -13, 78, -8 degrees), voltage, bias, sent and received power.
      256: [20_480, 62_208, 19_968, 63_488, 38_000, 27_000, 37_000, 28_000],
      272: [5900, 1000, 5000, 1500, 10_000, 1585, 7943, 1995, 12_589, 100, 10_000, 158],
      // Readings in the same order.
      352: [8000, 33_000, 3800, 5500, 6000],
    },
  })
  return withParts(withParts(base, parts), { sums: { 63: 0, 95: 64, 351: 256 } })
}

/** A 100GBASE-SR4 module that monitors everything. */
export function qsfpMemory(parts: MemoryParts = {}): Uint8Array {
  const base = withParts(new Uint8Array(640), {
    hex: { 0: '11 08', 128: '11 cc 0c 80', 139: '05 67', 165: '00 02 c9' },
    bytes: { 143: 35, 146: 50, 192: 2, 220: 0x3c },
    texts: identityTexts.sff8636,
    words: {
      22: [9000],
      26: [32_900],
      34: [6000, 5500, 7000, 10],
      42: [3400, 3500, 3450, 3400],
      50: [7000, 7100, 7200, 7300],
      186: [17_000],
      // Limits: temperature, voltage, received power, bias, sent power.
      512: [20_480, 62_976, 17_920, 0],
      528: [36_300, 29_700, 34_650, 31_350],
      560: [21_878, 660, 17_378, 1047, 4250, 2000, 4000, 2500, 21_878, 1047, 17_378, 1660],
    },
  })
  return withParts(withParts(base, parts), { sums: { 191: 128, 223: 192 } })
}

/** An OSFP module of two 400GBASE-SR4 with all the pages that are read, as linear as Linux has them. */
export function cmisMemory(parts: MemoryParts = {}): Uint8Array {
  const page = (number: number) => 128 * number
  const each = (value: number) => Array.from({ length: 8 }, () => value)
  const base = withParts(new Uint8Array(128 * 0x13), {
    hex: {
      0: '19 52 00 06',
      39: '2e 78',
      85: '01 50 11 44 11 4c 0d 11 ff ff',
      145: '48 b0 2d',
      201: '24 00 28',
      [page(1) + 130]: '01 02 00 00 19 19 0f',
      [page(1) + 159]: '03 0f',
    },
    bytes: {
      128: 0x19,
      [page(1) + 151]: 0x10,
      [page(0x11) + 147]: 0x80,
      [page(0x11) + 150]: 0x80,
    },
    texts: identityTexts.cmis,
    words: {
      14: [13_377, 32_812],
      [page(1) + 138]: [17_000],
      [page(2) + 128]: [19_200, 64_256, 18_000, 0],
      [page(0x11) + 154]: each(12_345),
      [page(0x11) + 170]: each(1875),
      [page(0x11) + 186]: [...each(9876).slice(1), 3],
    },
  })
  return withParts(withParts(base, parts), { sums: { 222: 128, [page(1) + 255]: page(1) + 130 } })
}
