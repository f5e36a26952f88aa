import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Commands } from '../commands.ts'
import { blockSizeBytes } from './partitions.ts'

/** GRUB for BIOS machines: what goes into block 0 and into the BIOS boot partition. */
export interface BiosGrub {
  /** Boot code, 440 bytes, to put before the partition table of the MBR. */
  readonly bootCode: Uint8Array
  /** To put at the start of the BIOS boot partition. */
  readonly core: Uint8Array
}

const grubDirectory = '/usr/lib/grub'

/** Enough to read its configuration from a FAT partition and start a kernel. */
const modules = ['part_gpt', 'fat', 'normal', 'linux', 'serial', 'terminal', 'echo', 'reboot']

/**
 * Builds GRUB to be read from `firstBlock` on; its configuration is `/grub/grub.cfg` on partition
 * `configPartition` of the disk it was read from.
 */
export async function buildBiosGrub(
  commands: Commands,
  workDirectory: string,
  place: { readonly firstBlock: number; readonly configPartition: number },
): Promise<BiosGrub> {
  const coreFile = join(workDirectory, 'core.img')
  const prefix = `(,gpt${place.configPartition})/grub`
  await makeImage(commands, 'i386-pc', prefix, coreFile, ['biosdisk', ...modules])
  const boot = await readFile(join(grubDirectory, 'i386-pc', 'boot.img'))
  return {
    bootCode: placeBootCode(boot, place.firstBlock),
    core: placeCore(await readFile(coreFile), place.firstBlock),
  }
}

/** Builds GRUB for EFI; its configuration is `/grub/grub.cfg` on the partition it was read from. */
export async function buildEfiGrub(commands: Commands, workDirectory: string): Promise<string> {
  const file = join(workDirectory, 'grub.efi')
  await makeImage(commands, 'x86_64-efi', '/grub', file, modules)
  return file
}

/**
 * GRUB's include/grub/i386/pc/boot.h: at 5Ch the block the core is read from (64 bits), at 64h the
 * drive (FFh: the one the firmware names), at 66h a jump which, as two NOPs, has a drive number
 * below 80h taken for 80h.
 */
export function placeBootCode(boot: Uint8Array, coreFirstBlock: number): Uint8Array {
  assert.equal(boot.length, blockSizeBytes, 'boot.img is one block')
  const code = Buffer.from(boot.subarray(0, 440))
  code.writeBigUInt64LE(BigInt(coreFirstBlock), 0x5c)
  code.writeUInt8(0xff, 0x64)
  code.set([0x90, 0x90], 0x66)
  return code
}

/**
 * The core's first block ends with the list of the blocks that follow it: first block (64 bits),
 * count, segment to read to (16 bits each). grub-mkimage fills in all but the first block.
 */
export function placeCore(core: Uint8Array, firstBlock: number): Uint8Array {
  const blockCount = Math.ceil(core.length / blockSizeBytes)
  const placed = Buffer.alloc(blockCount * blockSizeBytes)
  placed.set(core)
  assert.equal(placed.readUInt16LE(508), blockCount - 1, 'core.img names its own block count')
  placed.writeBigUInt64LE(BigInt(firstBlock + 1), 500)
  return placed
}

async function makeImage(
  commands: Commands,
  format: string,
  prefix: string,
  outputFile: string,
  modules: readonly string[],
): Promise<void> {
  const options = ['-O', format, '-p', prefix, '-o', outputFile]
  await commands.run(['grub-mkimage', ...options, ...modules])
}
