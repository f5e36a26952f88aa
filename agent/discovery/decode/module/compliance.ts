/** What single bits of a module's memory claim: names by bit, from bit 7 down to bit 0. */

type Bits = readonly [
  string | null,
  string | null,
  string | null,
  string | null,
  string | null,
  string | null,
  string | null,
  string | null,
]

/** Fibre Channel link length, transmitter, media and speed: the same bytes in both maps. */
const fibreChannel = [
  [
    'FC very long distance (V)',
    'FC short distance (S)',
    'FC intermediate distance (I)',
    'FC long distance (L)',
    'FC medium distance (M)',
    'FC shortwave laser, linear Rx (SA)',
    'FC longwave laser (LC)',
    'FC electrical inter-enclosure (EL)',
  ],
  [
    'FC electrical intra-enclosure (EL)',
    'FC shortwave laser without OFC (SN)',
    'FC shortwave laser with OFC (SL)',
    'FC longwave laser (LL)',
    null,
    null,
    null,
    null,
  ],
  [
    'FC twin axial pair (TW)',
    'FC twisted pair (TP)',
    'FC miniature coax (MI)',
    'FC video coax (TV)',
    'FC multimode 62.5 um (M6)',
    'FC multimode 50 um (M5)',
    'FC multimode 50 um (OM3)',
    'FC single mode (SM)',
  ],
  [
    'FC 1200 MB/s',
    'FC 800 MB/s',
    'FC 1600 MB/s',
    'FC 400 MB/s',
    'FC 3200 MB/s',
    'FC 200 MB/s',
    null,
    'FC 100 MB/s',
  ],
] as const satisfies readonly Bits[]

/** SFF-8472 revision 12.4 table 5-3, from byte 3 on. */
const sff8472Bits: readonly Bits[] = [
  [
    '10GBASE-ER',
    '10GBASE-LRM',
    '10GBASE-LR',
    '10GBASE-SR',
    'InfiniBand 1X SX',
    'InfiniBand 1X LX',
    'InfiniBand 1X copper active',
    'InfiniBand 1X copper passive',
  ],
  [
    'ESCON MMF, 1310 nm LED',
    'ESCON SMF, 1310 nm laser',
    'OC-192 short reach',
    'SONET reach specifier bit 1',
    'SONET reach specifier bit 2',
    'OC-48 long reach',
    'OC-48 intermediate reach',
    'OC-48 short reach',
  ],
  [
    null,
    'OC-12 single mode, long reach',
    'OC-12 single mode, intermediate reach',
    'OC-12 short reach',
    null,
    'OC-3 single mode, long reach',
    'OC-3 single mode, intermediate reach',
    'OC-3 short reach',
  ],
  [
    'BASE-PX',
    'BASE-BX10',
    '100BASE-FX',
    '100BASE-LX/LX10',
    '1000BASE-T',
    '1000BASE-CX',
    '1000BASE-LX',
    '1000BASE-SX',
  ],
  fibreChannel[0],
  [
    fibreChannel[1][0],
    fibreChannel[1][1],
    fibreChannel[1][2],
    fibreChannel[1][3],
    'active cable',
    'passive cable',
    'FC copper FC-BaseT',
    null,
  ],
  fibreChannel[2],
  fibreChannel[3],
]

/** SFF-8636 revision 2.10 table 6-17, from byte 131 on. Bit 7 of the first points elsewhere. */
const sff8636Bits: readonly Bits[] = [
  [
    null,
    '10GBASE-LRM',
    '10GBASE-LR',
    '10GBASE-SR',
    '40GBASE-CR4',
    '40GBASE-SR4',
    '40GBASE-LR4',
    '40G active cable (XLPPI)',
  ],
  [
    null,
    null,
    null,
    null,
    '40G OTN (OTU3B/OTU3C)',
    'OC-48 long reach',
    'OC-48 intermediate reach',
    'OC-48 short reach',
  ],
  ['SAS 24.0 Gb/s', 'SAS 12.0 Gb/s', 'SAS 6.0 Gb/s', 'SAS 3.0 Gb/s', null, null, null, null],
  [null, null, null, null, '1000BASE-T', '1000BASE-CX', '1000BASE-LX', '1000BASE-SX'],
  ...fibreChannel,
]

/** SFF-8636 table 6-21, byte 164: InfiniBand data rates of a lane. */
const infinibandBits: Bits = [
  null,
  null,
  'InfiniBand HDR',
  'InfiniBand EDR',
  'InfiniBand FDR',
  'InfiniBand QDR',
  'InfiniBand DDR',
  'InfiniBand SDR',
]

/** Names of the bits of bytes 3 to 10 of an SFF-8472 module. */
export function sff8472Compliance(codes: Uint8Array): readonly string[] {
  return sff8472Bits.flatMap((bits, at) => namesOf(codes[at] ?? 0, bits))
}

/** Names of the bits of bytes 131 to 138, and of byte 164, of an SFF-8636 module. */
export function sff8636Compliance(codes: Uint8Array, infiniband: number): readonly string[] {
  return [
    ...sff8636Bits.flatMap((bits, at) => namesOf(codes[at] ?? 0, bits)),
    ...namesOf(infiniband, infinibandBits).toReversed(),
  ]
}

function namesOf(value: number, bits: Bits): readonly string[] {
  return bits.flatMap((name, at) =>
    name !== null && ((value >> (7 - at)) & 1) === 1 ? [name] : [],
  )
}
