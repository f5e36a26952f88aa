import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Commands } from '../commands.ts'
import {
  buildInitrd,
  buildRoot,
  buildSystemPartition,
  rootPartitionName,
  type ImageSources,
} from './contents.ts'
import { makeExt4, makeFat16 } from './filesystems.ts'
import { buildBiosGrub, buildEfiGrub } from './grub.ts'
import {
  blockSizeBytes,
  encodePartitionTable,
  partitionType,
  type Partition,
  type PartitionTable,
} from './partitions.ts'

export interface LabImageOptions extends ImageSources {
  /** Finished images are kept in it, named by what they were made of. */
  readonly cacheDirectory: string
  readonly commands: Commands
}

/** A raw disk image. */
export interface LabImage {
  readonly file: string
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: 512
}

const mebibyte = 2 ** 20
const imageSizeBytes = 104 * mebibyte
const rootUuid = 'a55a7000-0000-4000-8000-000000000004'

/** The disk: everything begins on a MiB, and a MiB is left at the end for the backup table. */
const table: PartitionTable = {
  diskGuid: 'a55a7000-0000-4000-8000-0000000000d0',
  blockCount: imageSizeBytes / blockSizeBytes,
  partitions: [
    partition(1, 'bios-boot', partitionType.biosBoot, 1, 1),
    partition(2, 'efi-system', partitionType.efiSystem, 2, 72),
    // Empty here; whoever deploys the image writes the seed into it.
    partition(3, 'CIDATA', partitionType.basicData, 74, 4),
    partition(4, rootPartitionName, partitionType.linuxRootX64, 78, 25),
  ],
}
const [biosBoot, efiSystem, , root] = table.partitions

/**
 * Builds the image the lab deploys, or finds it built: a disk that boots under BIOS and UEFI into a
 * Debian kernel with a small root, which reads its seed and reports over HTTP that it runs.
 */
export async function buildLabImage(options: LabImageOptions): Promise<LabImage> {
  const { cacheDirectory } = options
  const file = join(cacheDirectory, `lab-image-${await contentHash(options)}.raw`)
  if (!(await Bun.file(file).exists())) {
    const work = join(cacheDirectory, `lab-image-${process.pid}.work`)
    await mkdir(work, { recursive: true })
    try {
      await rename(await assemble(options, work), file)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }
  return { file, sizeBytes: imageSizeBytes, logicalBlockSizeBytes: blockSizeBytes }
}

async function assemble(options: LabImageOptions, work: string): Promise<string> {
  const { commands } = options
  if (biosBoot === undefined || efiSystem === undefined || root === undefined) {
    throw new Error('Cannot assemble the lab image: its table lacks a partition')
  }
  const efiGrub = await buildEfiGrub(commands, work)
  const system = await buildSystemPartition(options, efiGrub, await buildInitrd(options))
  const systemFile = await emptyFile(join(work, 'esp'), efiSystem)
  await makeFat16(commands, systemFile, 'ASSAY-LAB', system, join(work, 'esp-tree'))
  const rootFile = await emptyFile(join(work, 'root'), root)
  const rootTree = await buildRoot(options, commands)
  await makeExt4(commands, rootFile, rootUuid, rootTree, join(work, 'root-tree'))
  const grub = await buildBiosGrub(commands, work, {
    firstBlock: biosBoot.firstBlock,
    configPartition: table.partitions.indexOf(efiSystem) + 1,
  })
  const encoded = encodePartitionTable(table)
  const diskFile = join(work, 'disk.raw')
  const disk = await open(diskFile, 'w')
  try {
    await disk.truncate(imageSizeBytes)
    await disk.write(encoded.head, 0, encoded.head.length, 0)
    await disk.write(grub.bootCode, 0, grub.bootCode.length, 0)
    await disk.write(grub.core, 0, grub.core.length, biosBoot.firstBlock * blockSizeBytes)
    await copyInto(disk, systemFile, efiSystem)
    await copyInto(disk, rootFile, root)
    const { tail } = encoded
    await disk.write(tail, 0, tail.length, imageSizeBytes - tail.length)
  } finally {
    await disk.close()
  }
  return diskFile
}

function partition(
  number: number,
  name: string,
  typeGuid: string,
  firstMebibyte: number,
  mebibytes: number,
): Partition {
  return {
    name,
    typeGuid,
    guid: `a55a7000-0000-4000-8000-00000000000${number}`,
    firstBlock: (firstMebibyte * mebibyte) / blockSizeBytes,
    blockCount: (mebibytes * mebibyte) / blockSizeBytes,
  }
}

async function emptyFile(path: string, partition: Partition): Promise<string> {
  const handle = await open(path, 'w')
  try {
    await handle.truncate(partition.blockCount * blockSizeBytes)
  } finally {
    await handle.close()
  }
  return path
}

/** Copies all but zeros, so that the image takes no more room than what is in it. */
async function copyInto(disk: FileHandle, file: string, partition: Partition): Promise<void> {
  const bytes = await readFile(file)
  const step = 64 * 1024
  const zeros = Buffer.alloc(step)
  for (let at = 0; at < bytes.length; at += step) {
    const part = bytes.subarray(at, at + step)
    if (part.equals(zeros.subarray(0, part.length))) continue
    await disk.write(part, 0, part.length, partition.firstBlock * blockSizeBytes + at)
  }
}

/** Of all the image is made of: our own files, kernel, busybox and GRUB. */
async function contentHash(options: LabImageOptions): Promise<string> {
  const hash = createHash('sha256')
  const own = await readdir(import.meta.dirname, { recursive: true, withFileTypes: true })
  const files = own
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const others = [options.kernel.vmlinuz, options.busybox, '/usr/lib/grub/i386-pc/kernel.img']
  for (const path of [...files, ...others]) {
    const bytes = await readFile(path)
    hash.update(`${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex').slice(0, 16)
}
