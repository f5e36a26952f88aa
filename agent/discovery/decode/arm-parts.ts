/**
 * MIDR_EL1 implementers and their parts: Arm Architecture Reference Manual, the makers' manuals and
 * the kernel's arch/arm64/include/asm/cputype.h.
 */
const implementers: Readonly<Record<string, readonly [name: string, parts: string]>> = {
  '0x41': [
    'ARM',
    `810:ARM810 920:ARM920 922:ARM922 926:ARM926 940:ARM940 946:ARM946 966:ARM966 a20:ARM1020
    a22:ARM1022 a26:ARM1026 b02:ARM11-MPCore b36:ARM1136 b56:ARM1156 b76:ARM1176 c05:Cortex-A5
    c07:Cortex-A7 c08:Cortex-A8 c09:Cortex-A9 c0d:Cortex-A17 c0e:Cortex-A17 c0f:Cortex-A15
    c14:Cortex-R4 c15:Cortex-R5 c17:Cortex-R7 c18:Cortex-R8 c20:Cortex-M0 c21:Cortex-M1
    c23:Cortex-M3 c24:Cortex-M4 c27:Cortex-M7 c60:Cortex-M0+ d01:Cortex-A32 d02:Cortex-A34
    d03:Cortex-A53 d04:Cortex-A35 d05:Cortex-A55 d06:Cortex-A65 d07:Cortex-A57 d08:Cortex-A72
    d09:Cortex-A73 d0a:Cortex-A75 d0b:Cortex-A76 d0c:Neoverse-N1 d0d:Cortex-A77 d0e:Cortex-A76AE
    d13:Cortex-R52 d14:Cortex-R82AE d15:Cortex-R82 d16:Cortex-R52+ d20:Cortex-M23 d21:Cortex-M33 d22:Cortex-M55
    d23:Cortex-M85 d24:Cortex-M52 d40:Neoverse-V1 d41:Cortex-A78 d42:Cortex-A78AE d43:Cortex-A65AE
    d44:Cortex-X1 d46:Cortex-A510 d47:Cortex-A710 d48:Cortex-X2 d49:Neoverse-N2 d4a:Neoverse-E1
    d4b:Cortex-A78C d4c:Cortex-X1C d4d:Cortex-A715 d4e:Cortex-X3 d4f:Neoverse-V2 d80:Cortex-A520
    d81:Cortex-A720 d82:Cortex-X4 d83:Neoverse-V3AE d84:Neoverse-V3 d85:Cortex-X925 d87:Cortex-A725
    d88:Cortex-A520AE d89:Cortex-A720AE d8a:C1-Nano d8b:C1-Pro d8c:C1-Ultra d8e:Neoverse-N3
    d8f:Cortex-A320 d90:C1-Premium`,
  ],
  '0x42': ['Broadcom', '00f:Brahma-B15 100:Brahma-B53 516:ThunderX2'],
  '0x43': [
    'Cavium',
    `0a0:ThunderX 0a1:ThunderX-88XX 0a2:ThunderX-81XX 0a3:ThunderX-83XX 0af:ThunderX2-99xx
    0b0:OcteonTX2 0b1:OcteonTX2-98XX 0b2:OcteonTX2-96XX 0b3:OcteonTX2-95XX 0b4:OcteonTX2-95XXN
    0b5:OcteonTX2-95XXMM 0b6:OcteonTX2-95XXO 0b8:ThunderX3-T110`,
  ],
  '0x44': ['DEC', 'a10:SA110 a11:SA1100'],
  '0x46': ['FUJITSU', '001:A64FX 003:MONAKA'],
  '0x48': ['HiSilicon', 'd01:TaiShan-v110 d02:TaiShan-v120 d40:Cortex-A76 d41:Cortex-A77'],
  '0x49': ['Infineon', ''],
  '0x4d': ['Motorola/Freescale', ''],
  '0x4e': ['NVIDIA', '000:Denver 003:Denver-2 004:Carmel 010:Olympus'],
  '0x50': ['APM', '000:X-Gene'],
  '0x51': [
    'Qualcomm',
    `001:Oryon 00f:Scorpion 02d:Scorpion 04d:Krait 06f:Krait 201:Kryo 205:Kryo 211:Kryo
    800:Falkor-V1/Kryo 801:Kryo-V2 802:Kryo-3XX-Gold 803:Kryo-3XX-Silver 804:Kryo-4XX-Gold
    805:Kryo-4XX-Silver c00:Falkor c01:Saphira`,
  ],
  '0x53': ['Samsung', '001:exynos-m1 002:exynos-m3 003:exynos-m4 004:exynos-m5'],
  '0x56': ['Marvell', '131:Feroceon-88FR131 581:PJ4/PJ4b 584:PJ4B-MP'],
  '0x61': [
    'Apple',
    `000:Swift 001:Cyclone 002:Typhoon 003:Typhoon/Capri 004:Twister 005:Twister/Elba/Malta
    006:Hurricane 007:Hurricane/Myst 008:Monsoon 009:Mistral 00b:Vortex 00c:Tempest 00f:Tempest-M9
    010:Vortex/Aruba 011:Tempest/Aruba 012:Lightning 013:Thunder 020:Icestorm-A14 021:Firestorm-A14
    022:Icestorm-M1 023:Firestorm-M1 024:Icestorm-M1-Pro 025:Firestorm-M1-Pro 026:Thunder-M10
    028:Icestorm-M1-Max 029:Firestorm-M1-Max 030:Blizzard-A15 031:Avalanche-A15 032:Blizzard-M2
    033:Avalanche-M2 034:Blizzard-M2-Pro 035:Avalanche-M2-Pro 036:Sawtooth-A16 037:Everest-A16
    038:Blizzard-M2-Max 039:Avalanche-M2-Max`,
  ],
  '0x66': ['Faraday', '526:FA526 626:FA626'],
  '0x69': [
    'Intel',
    `200:i80200 210:PXA250A 212:PXA210A 242:i80321-400 243:i80321-600 290:PXA250B/PXA26x 292:PXA210B
    2c2:i80321-400-B0 2c3:i80321-600-B0 2d0:PXA250C/PXA255/PXA26x 2d2:PXA210C 411:PXA27x
    41c:IPX425-533 41d:IPX425-400 41f:IPX425-266 682:PXA32x 683:PXA930/PXA935 688:PXA30x 689:PXA31x
    b11:SA1110 c12:IPX1200`,
  ],
  '0x6d': ['Microsoft', 'd49:Azure-Cobalt-100'],
  '0x70': [
    'Phytium',
    '303:FTC310 660:FTC660 661:FTC661 662:FTC662 663:FTC663 664:FTC664 862:FTC862',
  ],
  '0xc0': ['Ampere', 'ac3:Ampere-1 ac4:Ampere-1a ac5:Ampere-1b'],
}

const parts: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(implementers).map(([implementer, [, text]]) => [
    implementer,
    new Map(
      text
        .trim()
        .split(/\s+/)
        .filter((entry) => entry !== '')
        .map((entry) => {
          const [part = '', name = ''] = entry.split(':')
          return [`0x${part}`, name] as const
        }),
    ),
  ]),
)

/** `0x41` -> `ARM`; null for an implementer nobody knows. */
export function armImplementerName(implementer: string): string | null {
  return implementers[implementer.toLowerCase()]?.[0] ?? null
}

/** `0x41`, `0xd0c` -> `Neoverse-N1`; null for a part nobody knows. */
export function armPartName(implementer: string | null, part: string | null): string | null {
  if (implementer === null || part === null) return null
  const digits = `0x${part.replace(/^0x/i, '').toLowerCase().padStart(3, '0')}`
  return parts.get(implementer.toLowerCase())?.get(digits) ?? null
}

/** Major and minor revision, MIDR_EL1 `Variant` and `Revision`: `0x1`, `2` -> `r1p2`. */
export function armRevision(variant: string | null, revision: string | null): string | null {
  if (!/^0x[0-9a-f]$/i.test(variant ?? '') || !/^\d{1,2}$/.test(revision ?? '')) return null
  return `r${Number(variant)}p${Number(revision)}`
}
