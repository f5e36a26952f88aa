import { toHex, u16le, u32le } from '../integers.ts'
import { asciiOf, type Details, type Format, utf16Of, utf8Of, uuidOf } from './format.ts'
import { bytesAt, bytesFrom, type DiskView, letters } from './view.ts'

const kib = 1024

/** File systems of Linux and its kin. Places and numbers from the kernel's own headers. */
export const unixFileSystems: readonly Format[] = [
  {
    name: 'ext4',
    use: 'file-system',
    offsets: [1080],
    magic: Uint8Array.of(0x53, 0xef),
    describe: extOf,
  },
  {
    name: 'xfs',
    use: 'file-system',
    offsets: [0],
    magic: letters('XFSB'),
    describe: atMagic(0, (block) => ({ uuid: uuidOf(block, 32), label: utf8Of(block, 108, 12) })),
  },
  {
    name: 'btrfs',
    use: 'file-system',
    offsets: [64 * kib + 0x40],
    magic: letters('_BHRfS_M'),
    describe: atMagic(0x40, (block) => ({
      uuid: uuidOf(block, 0x20),
      label: utf8Of(block, 0x12b, 256),
    })),
  },
  {
    name: 'bcachefs',
    use: 'file-system',
    offsets: [4096 + 24],
    magic: Uint8Array.fromHex('c68573f666ce90a9d96a60cf803df7ef'),
    describe: atMagic(24, (block) => ({ uuid: uuidOf(block, 56), label: utf8Of(block, 72, 32) })),
  },
  {
    name: 'f2fs',
    use: 'file-system',
    offsets: [kib],
    magic: Uint8Array.of(0x10, 0x20, 0xf5, 0xf2),
    describe: atMagic(0, (block) => ({
      version: `${u16le(block, 4)}.${u16le(block, 6)}`,
      uuid: uuidOf(block, 108),
      label: utf16Of(block, 124, 512),
    })),
  },
  {
    name: 'erofs',
    use: 'file-system',
    offsets: [kib],
    magic: Uint8Array.of(0xe2, 0xe1, 0xf5, 0xe0),
    describe: atMagic(0, (block) => ({ uuid: uuidOf(block, 48), label: utf8Of(block, 64, 16) })),
  },
  {
    name: 'squashfs',
    use: 'file-system',
    offsets: [0],
    magic: letters('hsqs'),
    describe: atMagic(0, (block) => ({ version: `${u16le(block, 28)}.${u16le(block, 30)}` })),
  },
  {
    name: 'nilfs2',
    use: 'file-system',
    offsets: [kib + 6],
    magic: Uint8Array.of(0x34, 0x34),
    describe: nilfsOf,
  },
  {
    name: 'jfs',
    use: 'file-system',
    offsets: [32 * kib],
    magic: letters('JFS1'),
    describe: atMagic(0, (block) => ({
      version: String(u32le(block, 4)),
      uuid: uuidOf(block, 136),
      label: utf8Of(block, 152, 16),
    })),
  },
  {
    name: 'reiserfs',
    use: 'file-system',
    offsets: [64 * kib + 52, 8 * kib + 52],
    magic: letters('ReIsEr'),
    describe: reiserOf,
  },
  {
    name: 'gfs2',
    use: 'file-system',
    offsets: [64 * kib],
    magic: Uint8Array.of(0x01, 0x16, 0x19, 0x70),
    describe: atMagic(0, (block) => ({ label: utf8Of(block, 160, 64), uuid: uuidOf(block, 256) })),
  },
  {
    name: 'ocfs2',
    use: 'file-system',
    offsets: [kib, 2 * kib, 4 * kib, 8 * kib],
    magic: letters('OCFSV2'),
    describe: atMagic(0, (block) => ({ label: utf8Of(block, 272, 64), uuid: uuidOf(block, 336) })),
  },
  {
    name: 'swap',
    use: 'swap',
    offsets: [4, 8, 16, 32, 64].map((pages) => pages * kib - 10),
    magic: letters('SWAPSPACE2'),
    describe: swapOf,
  },
  {
    name: 'swap',
    use: 'swap',
    offsets: [4, 8, 16, 32, 64].map((pages) => pages * kib - 10),
    magic: letters('SWAP-SPACE'),
  },
  ...['S1SUSPEND', 'S2SUSPEND', 'ULSUSPEND', 'LINHIB0001'].map((magic): Format => ({
    name: 'suspend-image',
    use: 'swap',
    offsets: [4, 8, 16, 32, 64].map((pages) => pages * kib - 10),
    magic: letters(magic),
  })),
]

/** Reads the block that begins `before` bytes ahead of the magic number. */
function atMagic(before: number, read: (block: Uint8Array) => Details) {
  return (view: DiskView, at: number): Details => {
    const block = bytesFrom(view, at - before)
    return block === null ? {} : read(block)
  }
}

/** Which of the three it is, by the features that older kernels do not know (kernel: fs/ext4). */
function extOf(view: DiskView, at: number): Details {
  const block = bytesAt(view, at - 56, 512)
  if (block === null) return {}
  const compatible = u32le(block, 0x5c)
  const incompatible = u32le(block, 0x60)
  const readOnly = u32le(block, 0x64)
  const details = { uuid: uuidOf(block, 0x68), label: utf8Of(block, 0x78, 16) }
  if ((incompatible & 0x8) !== 0) return { ...details, name: 'ext-journal' }
  const hasJournal = (compatible & 0x4) !== 0
  const isOld = (readOnly & ~0x7) === 0
  // Recovery needed (0x4) is what a journal that was not closed leaves.
  if (hasJournal && isOld && (incompatible & ~0x16) === 0) return { ...details, name: 'ext3' }
  if (!hasJournal && isOld && (incompatible & ~0x12) === 0) return { ...details, name: 'ext2' }
  return { ...details, name: 'ext4' }
}

/** Two bytes are a weak magic number: the revision must be the only one there is. */
function nilfsOf(view: DiskView, at: number): Details | null {
  const block = bytesAt(view, at - 6, kib)
  if (block === null) return {}
  if (u32le(block, 0) !== 2 || u16le(block, 8) < 240 || u16le(block, 8) > kib) return null
  return { version: '2', uuid: uuidOf(block, 152), label: utf8Of(block, 168, 80) }
}

function reiserOf(view: DiskView, at: number): Details | null {
  const block = bytesAt(view, at - 52, 256)
  if (block === null) return {}
  const version = /^ReIsEr(2|3)?Fs/.exec(asciiOf(block, 52, 9) ?? '')
  if (version === null) return null
  if (version[1] === undefined) return { version: '3.5' }
  return { version: '3.6', uuid: uuidOf(block, 84), label: utf8Of(block, 100, 16) }
}

/** The header after the boot blocks, include/linux/swap.h; in the byte order of the machine. */
function swapOf(view: DiskView): Details {
  const block = bytesAt(view, kib, 48)
  if (block === null) return {}
  return {
    version: toHex(u32le(block, 0), 1).startsWith('1') ? '1' : null,
    uuid: uuidOf(block, 12),
    label: utf8Of(block, 28, 16),
  }
}
