import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeCpio, type CpioEntry } from '../../initramfs/cpio.ts'
import type { Commands } from '../commands.ts'
import type { Tree, TreeEntry } from './filesystems.ts'
import { readModules, type KernelModule } from './modules.ts'

/** Where the parts of the image that are not ours lie. */
export interface ImageSources {
  /** A kernel and the folder of its modules.dep. */
  readonly kernel: { readonly version: string; readonly vmlinuz: string; readonly modules: string }
  /** A static busybox. */
  readonly busybox: string
}

/** GPT name of the root partition, which the first program looks for. */
export const rootPartitionName = 'assay-root'

/** What a disk needs before its root can be mounted. */
const diskModules = [
  'virtio_pci',
  'virtio_blk',
  'virtio_scsi',
  'nvme',
  'ahci',
  'sd_mod',
  'crc32c_generic',
  'ext4',
]

/** What the running system needs: networks, and the seed's file system with its character sets. */
const systemModules = ['virtio_net', 'e1000e', 'e1000', 'vfat', 'nls_cp437', 'nls_ascii']

const initrdApplets = [
  'cat',
  'echo',
  'grep',
  'insmod',
  'mount',
  'reboot',
  'sh',
  'sleep',
  'switch_root',
  'umount',
]

/** A compressed archive with the program that finds the root, and drivers for its disk. */
export async function buildInitrd(sources: ImageSources): Promise<Uint8Array> {
  const modules = await readModules(sources.kernel.modules, diskModules)
  const entries: CpioEntry[] = [
    { kind: 'file', path: 'init', mode: 0o755, bytes: await ownFile('initrd.sh') },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, bytes: await readFile(sources.busybox) },
    ...initrdApplets.map((name) => symlinkEntry(`bin/${name}`, 'busybox')),
    ...['dev', 'proc', 'sys', 'root'].map((path) => directoryEntry(path)),
    ...modules.map(({ name, bytes }) => moduleEntry(`modules/${name}.ko`, bytes)),
    moduleEntry('modules/order', orderFile(modules)),
  ]
  return Bun.zstdCompressSync(writeCpio(entries), { level: 19 })
}

/** The root file system: busybox, drivers and the program that reports. */
export async function buildRoot(sources: ImageSources, commands: Commands): Promise<Tree> {
  const loaded = await readModules(sources.kernel.modules, diskModules)
  const modules = (await readModules(sources.kernel.modules, systemModules)).filter(
    ({ name }) => !loaded.some((module) => module.name === name),
  )
  const applets = (await commands.run([sources.busybox, '--list'])).trim().split('\n')
  const tree = new Map<string, TreeEntry>([
    ['bin/busybox', file(await readFile(sources.busybox), 0o755)],
    ['sbin/init', { kind: 'link', target: 'bin/busybox' }],
    ['etc/inittab', file(await ownFile('inittab'), 0o644)],
    ['etc/start', file(await ownFile('start.sh'), 0o755)],
    ['etc/udhcpc', file(await ownFile('udhcpc.sh'), 0o755)],
    ['lib/modules/order', file(orderFile(modules), 0o644)],
  ])
  for (const path of ['dev', 'proc', 'sys', 'run', 'tmp', 'root']) {
    tree.set(path, { kind: 'directory' })
  }
  for (const { name, bytes } of modules) tree.set(`lib/modules/${name}.ko`, file(bytes, 0o644))
  for (const name of applets) {
    if (name !== 'busybox') tree.set(`bin/${name}`, { kind: 'link', target: 'bin/busybox' })
  }
  return tree
}

/** The EFI system partition, which BIOS machines too read their kernel from. */
export async function buildSystemPartition(
  sources: ImageSources,
  efiGrub: string,
  initrd: Uint8Array,
): Promise<Tree> {
  return new Map([
    ['EFI/BOOT/BOOTX64.EFI', file(await readFile(efiGrub), 0o644)],
    ['grub/grub.cfg', file(await ownFile('grub.cfg'), 0o644)],
    ['vmlinuz', file(await readFile(sources.kernel.vmlinuz), 0o644)],
    ['initrd', file(initrd, 0o644)],
  ])
}

function ownFile(name: string): Promise<Uint8Array> {
  return readFile(join(import.meta.dirname, 'files', name))
}

function orderFile(modules: readonly KernelModule[]): Uint8Array {
  return new TextEncoder().encode(modules.map(({ name }) => `${name}\n`).join(''))
}

function file(bytes: Uint8Array, mode: number): TreeEntry {
  return { kind: 'file', bytes, mode }
}

function moduleEntry(path: string, bytes: Uint8Array): CpioEntry {
  return { kind: 'file', path, mode: 0o644, bytes }
}

function symlinkEntry(path: string, target: string): CpioEntry {
  return { kind: 'symlink', path, target }
}

function directoryEntry(path: string): CpioEntry {
  return { kind: 'directory', path, mode: 0o755 }
}
