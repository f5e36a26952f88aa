import { codes } from '../field.ts'

/** DSP0134 §7.5.2, both the byte and the 16-bit field. BEh depends on the maker. */
export const processorFamilies = new Map([
  ...codes(
    0x01,
    'Other|Unknown|8086|80286|80386|80486|8087|80287|80387|80487|Pentium|Pentium Pro|Pentium II|Pentium MMX|Celeron|Pentium II Xeon|Pentium III|M1|M2|Celeron M|Pentium 4 HT|Intel',
  ),
  ...codes(
    0x18,
    'Duron|K5|K6|K6-2|K6-3|Athlon|AMD29000|K6-2+|Power PC|Power PC 601|Power PC 603|Power PC 603+|Power PC 604|Power PC 620|Power PC x704|Power PC 750|Core Duo|Core Duo Mobile|Core Solo Mobile|Atom|Core M|Core m3|Core m5|Core m7|Alpha|Alpha 21064|Alpha 21066|Alpha 21164|Alpha 21164PC|Alpha 21164a|Alpha 21264|Alpha 21364|Turion II Ultra Dual-Core Mobile M|Turion II Dual-Core Mobile M|Athlon II Dual-Core M|Opteron 6100|Opteron 4100|Opteron 6200|Opteron 4200|FX|MIPS|MIPS R4000|MIPS R4200|MIPS R4400|MIPS R4600|MIPS R10000|C-Series|E-Series|A-Series|G-Series|Z-Series|R-Series|Opteron 4300|Opteron 6300|Opteron 3300|FirePro|SPARC|SuperSPARC|MicroSPARC II|MicroSPARC IIep|UltraSPARC|UltraSPARC II|UltraSPARC IIi|UltraSPARC III|UltraSPARC IIIi',
  ),
  ...codes(
    0x60,
    '68040|68xxx|68000|68010|68020|68030|Athlon X4|Opteron X1000|Opteron X2000|Opteron A-Series|Opteron X3000|Zen',
  ),
  ...codes(0x70, 'Hobbit'),
  ...codes(0x78, 'Crusoe TM5000|Crusoe TM3000|Efficeon TM8000'),
  ...codes(0x80, 'Weitek'),
  ...codes(
    0x82,
    'Itanium|Athlon 64|Opteron|Sempron|Turion 64|Dual-Core Opteron|Athlon 64 X2|Turion 64 X2|Quad-Core Opteron|Third-Generation Opteron|Phenom FX|Phenom X4|Phenom X2|Athlon X2|PA-RISC|PA-RISC 8500|PA-RISC 8000|PA-RISC 7300LC|PA-RISC 7200|PA-RISC 7100LC|PA-RISC 7100',
  ),
  ...codes(
    0xa0,
    'V30|Quad-Core Xeon 3200|Dual-Core Xeon 3000|Quad-Core Xeon 5300|Dual-Core Xeon 5100|Dual-Core Xeon 5000|Dual-Core Xeon LV|Dual-Core Xeon ULV|Dual-Core Xeon 7100|Quad-Core Xeon 5400|Quad-Core Xeon|Dual-Core Xeon 5200|Dual-Core Xeon 7200|Quad-Core Xeon 7300|Quad-Core Xeon 7400|Multi-Core Xeon 7400|Pentium III Xeon|Pentium III Speedstep|Pentium 4|Xeon|AS400|Xeon MP|Athlon XP|Athlon MP|Itanium 2|Pentium M|Celeron D|Pentium D|Pentium EE|Core Solo',
  ),
  ...codes(
    0xbf,
    'Core 2 Duo|Core 2 Solo|Core 2 Extreme|Core 2 Quad|Core 2 Extreme Mobile|Core 2 Duo Mobile|Core 2 Solo Mobile|Core i7|Dual-Core Celeron|IBM390|G4|G5|ESA/390 G6|z/Architecture|Core i5|Core i3|Core i9|Xeon D',
  ),
  ...codes(
    0xd2,
    'C7-M|C7-D|C7|Eden|Multi-Core Xeon|Dual-Core Xeon 3xxx|Quad-Core Xeon 3xxx|Nano|Dual-Core Xeon 5xxx|Quad-Core Xeon 5xxx',
  ),
  ...codes(
    0xdd,
    'Dual-Core Xeon 7xxx|Quad-Core Xeon 7xxx|Multi-Core Xeon 7xxx|Multi-Core Xeon 3400',
  ),
  ...codes(
    0xe4,
    'Opteron 3000|Sempron II|Embedded Opteron Quad-Core|Phenom Triple-Core|Turion Ultra Dual-Core Mobile|Turion Dual-Core Mobile|Athlon Dual-Core|Sempron SI|Phenom II|Athlon II|Six-Core Opteron|Sempron M',
  ),
  ...codes(0xfa, 'i860|i960'),
  ...codes(0x100, 'ARMv7|ARMv8|ARMv9|ARM|SH-3|SH-4'),
  ...codes(0x118, 'ARM|StrongARM'),
  ...codes(0x12c, '6x86|MediaGX|MII'),
  ...codes(0x140, 'WinChip'),
  ...codes(0x15e, 'DSP'),
  ...codes(0x1f4, 'Video Processor'),
  ...codes(0x200, 'RV32|RV64|RV128'),
  ...codes(
    0x258,
    'LoongArch|Loongson 1|Loongson 2|Loongson 3|Loongson 2K|Loongson 3A|Loongson 3B|Loongson 3C|Loongson 3D|Loongson 3E|Dual-Core Loongson 2K 2xxx',
  ),
  ...codes(
    0x26c,
    'Quad-Core Loongson 3A 5xxx|Multi-Core Loongson 3A 5xxx|Quad-Core Loongson 3B 5xxx|Multi-Core Loongson 3B 5xxx|Multi-Core Loongson 3C 5xxx|Multi-Core Loongson 3D 5xxx',
  ),
  ...codes(
    0x300,
    'Core 3|Core 5|Core 7|Core 9|Core Ultra 3|Core Ultra 5|Core Ultra 7|Core Ultra 9',
  ),
])

/** What the processor ID of a family means (§7.5.3). */
export type ProcessorKind = 'x86' | 'amd' | '80386' | '80486' | 'arm' | 'loongarch' | 'other'

/** First and last family of a range and its kind. Xeon D to Core Ultra have CPUID like the others. */
const kinds: readonly (readonly [number, number, ProcessorKind])[] = [
  [0x0b, 0x15, 'x86'],
  [0x28, 0x2f, 'x86'],
  [0xa1, 0xb3, 'x86'],
  [0xb5, 0xb5, 'x86'],
  [0xb9, 0xc7, 'x86'],
  [0xcd, 0xd0, 'x86'],
  [0xd2, 0xdb, 'x86'],
  [0xdd, 0xe0, 'x86'],
  [0x300, 0x307, 'x86'],
  [0x18, 0x1d, 'amd'],
  [0x1f, 0x1f, 'amd'],
  [0x38, 0x3f, 'amd'],
  [0x46, 0x4f, 'amd'],
  [0x66, 0x6b, 'amd'],
  [0x83, 0x8f, 'amd'],
  [0xb6, 0xb7, 'amd'],
  [0xe4, 0xef, 'amd'],
  [0x05, 0x05, '80386'],
  [0x06, 0x06, '80486'],
  [0x100, 0x102, 'arm'],
  [0x118, 0x119, 'arm'],
  [0x258, 0x262, 'loongarch'],
  [0x26c, 0x271, 'loongarch'],
]

/** The kind of a family; `low` is the processor ID's first half, which tells 80486s with CPUID. */
export function processorFamilyKinds(family: number, low: number): ProcessorKind {
  const kind = kinds.find(([first, last]) => family >= first && family <= last)?.[2] ?? 'other'
  if (kind !== '80486') return kind
  const model = low & 0xf0
  const hasCpuid = (low & 0xf00) === 0x400 && (model === 0x40 || model >= 0x70) && (low & 0xf) >= 3
  return hasCpuid ? 'x86' : kind
}
