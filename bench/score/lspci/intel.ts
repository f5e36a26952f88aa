import { hex, sign } from './template.ts'

/**
 * lspci spells out three registers of Intel's host bridges (volume 2 of the processor datasheets,
 * CAPID0). They are fuses of one maker, so our facts keep their digits and the words are put here.
 */
export function intelLines(registers: readonly unknown[]): readonly string[] {
  const value = (index: number) => Number.parseInt(String(registers[index]), 16)
  return [
    ...(registers.length > 0 ? first(value(0)) : []),
    ...(registers.length > 1 ? second(value(1)) : []),
    ...(registers.length > 2 ? third(value(2)) : []),
  ]
}

function bits(value: number, bit: number, width: number): number {
  return Math.floor(value / 2 ** bit) % 2 ** width
}

/** `Peg60Dis+`, by label and bit. */
function flags(value: number, labels: Readonly<Record<string, number>>): string {
  return Object.entries(labels)
    .map(([label, bit]) => `${label}${sign(bits(value, bit, 1) === 1)}`)
    .join(' ')
}

function first(value: number): readonly string[] {
  const size = bits(value, 19, 2)
  const most = size === 0 ? 'Unlimited' : `${(512 * 4 ** (3 - size)) / 1024}GB/chan`
  return [
    `CapA: ${flags(value, { Peg60Dis: 31, Peg12Dis: 30, Peg11Dis: 29, Peg10Dis: 28, PeLWUDis: 27 })} DmiWidth=x${bits(value, 26, 1) === 1 ? 2 : 4}`,
    `${flags(value, { EccDis: 25, ForceEccEn: 24, VTdDis: 23, DmiG2Dis: 22, PegG2Dis: 21 })} DDRMaxSize=${most}`,
    `${flags(value, { '1NDis': 17, CDDis: 15, DDPCDis: 14, X2APICEn: 13, PDCDis: 12, IGDis: 11 })} CDID=${bits(value, 8, 2)} CRID=${bits(value, 4, 4)}`,
    flags(value, { DDROCCAP: 3, OCEn: 2, DDRWrtVrefEn: 1, DDR3LEn: 0 }),
  ]
}

function second(value: number): readonly string[] {
  const code = bits(value, 21, 3)
  const reference = code === 0 ? 'Disabled' : code === 7 ? 'Unlimited' : `${(6 + code) * 200}MHz`
  return [
    `CapB: ${flags(value, { ImguDis: 31, OCbySSKUCap: 30, OCbySSKUEn: 29, SMTCap: 28 })} CacheSzCap 0x${hex(bits(value, 25, 3), 1)}`,
    `${flags(value, { SoftBinCap: 24 })} DDR3MaxFreqWithRef100=${reference} ${flags(value, { PegG3Dis: 20 })}`,
    flags(value, {
      PkgTyp: 19,
      AddGfxEn: 18,
      AddGfxCap: 17,
      PegX16Dis: 16,
      DmiG3Dis: 15,
      GmmDis: 8,
    }),
    `DDR3MaxFreq=${Math.floor(((11 - bits(value, 4, 2)) * 2666) / 10)}MHz ${flags(value, { LPDDR3En: 2 })}`,
  ]
}

function third(value: number): readonly string[] {
  // lspci prints the same four bits for all three.
  const speed = (bit: number) =>
    bits(value, bit, 4) === 0 ? 'Unlimited' : `${Math.floor((bits(value, 0, 4) * 2666) / 10)}MHz`
  const clock = ['Disabled', '115MHz', '130MHz', 'Unlimited'][bits(value, 7, 2)] ?? ''
  return [
    `CapC: ${flags(value, { PegG4Dis: 28 })} DDR4MaxFreq=${speed(23)} ${flags(value, { LPDDREn: 22 })} LPDDR4MaxFreq=${speed(17)} ${flags(value, { LPDDR4En: 16 })}`,
    `${flags(value, { QClkGvDis: 14, SgxDis: 9 })} BClkOC=${clock} ${flags(value, { IddDis: 6, Pipe3Dis: 5 })} Gear1MaxFreq=${speed(0)}`,
  ]
}
