import { hexOf, u16le, u8 } from '../integers.ts'
import { asciiOf, type Format } from './format.ts'
import { bytesAt, letters } from './view.ts'

const sector = 512

/** Members of arrays that a controller's firmware or BIOS made; nearly all write at the end. */
export const firmwareRaid: readonly Format[] = [
  {
    name: 'imsm',
    use: 'raid-member',
    offsets: ({ sizeBytes, logicalBlockSizeBytes }) => [sizeBytes - 2 * logicalBlockSizeBytes],
    magic: letters('Intel Raid ISM Cfg. Sig. '),
    describe: (view, at) => {
      const block = bytesAt(view, at, 64)
      return block === null ? {} : { version: asciiOf(block, 25, 6) }
    },
  },
  {
    // SNIA DDF 2.0 §5.2: the anchor header is the last block, or 128 KiB before the end.
    name: 'ddf',
    use: 'raid-member',
    offsets: ({ sizeBytes }) => [sizeBytes - sector, sizeBytes - 257 * sector],
    magic: Uint8Array.of(0xde, 0x11, 0xde, 0x11),
    describe: (view, at) => {
      const block = bytesAt(view, at, sector)
      return block === null ? {} : { version: asciiOf(block, 32, 8), uuid: hexOf(block, 8, 32) }
    },
  },
  {
    name: 'adaptec-raid',
    use: 'raid-member',
    offsets: [-sector],
    magic: Uint8Array.of(0x37, 0xfc, 0x4d, 0x1e),
  },
  { name: 'lsi-raid', use: 'raid-member', offsets: [-sector], magic: letters('$XIDE$') },
  { name: 'nvidia-raid', use: 'raid-member', offsets: [-2 * sector], magic: letters('NVIDIA') },
  ...[0xf0, 0xfd].flatMap((first): readonly Format[] => [
    {
      name: 'highpoint-raid',
      use: 'raid-member',
      offsets: [4096 + 0x220],
      magic: Uint8Array.of(first, 0x16, 0x78, 0x5a),
    },
    {
      name: 'highpoint-raid',
      use: 'raid-member',
      offsets: [-11 * sector],
      magic: Uint8Array.of(first === 0xf0 ? 0xf3 : 0xfd, 0x16, 0x78, 0x5a),
    },
  ]),
  {
    name: 'promise-raid',
    use: 'raid-member',
    offsets: [63, 255, 256, 16, 399, 591, 675, 735, 911, 951, 974, 991, 3087].map(
      (sectors) => -sectors * sector,
    ),
    magic: letters('Promise Technology, Inc.'),
  },
  {
    name: 'via-raid',
    use: 'raid-member',
    offsets: [-sector],
    magic: Uint8Array.of(0x55, 0xaa),
    // Two bytes tell nothing by themselves: the sum of the first fifty must be the one noted.
    describe: (view, at) => {
      const block = bytesAt(view, at, 51)
      if (block === null || u8(block, 2) > 1 || u16le(block, 0) !== 0xaa55) return null
      const sum = block.subarray(0, 50).reduce((all, byte) => (all + byte) & 0xff, 0)
      return sum === block[50] ? { version: String(u8(block, 2)) } : null
    },
  },
]
