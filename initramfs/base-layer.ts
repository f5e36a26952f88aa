import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { CpioEntry } from './cpio.ts'
import { rootFiles } from './root-files.ts'

/** Files of the build machine that go into the base layer. */
export interface BaseInputs {
  /** PID 1, static. */
  readonly init: string
  /** The compiled agent, linked against glibc. */
  readonly agent: string
  /** The static helper for benchmarks. */
  readonly kernels: string
  /** A static busybox. */
  readonly busybox: string
}

/**
 * Everything of the initramfs that depends neither on the kernel nor on the site: init, the agent
 * with its libraries, busybox with a link for each of its tools, and the few files of /etc.
 */
export async function baseLayer(inputs: BaseInputs): Promise<readonly CpioEntry[]> {
  const entries: CpioEntry[] = [
    ...folders,
    { kind: 'device', path: 'dev/console', mode: 0o600, device: 'character', major: 5, minor: 1 },
    { kind: 'device', path: 'dev/null', mode: 0o666, device: 'character', major: 1, minor: 3 },
    await program('init', inputs.init),
    await program('bin/assay-agent', inputs.agent),
    await program('bin/assay-kernels', inputs.kernels),
    await program('bin/busybox', inputs.busybox),
    ...busyboxLinks(inputs.busybox),
    ...rootFiles(),
  ]
  for (const [path, source] of libraries) entries.push(await program(path, source))
  return entries
}

const folders: readonly CpioEntry[] = ['dev', 'proc', 'sys', 'run', 'root', 'mnt'].map((path) => ({
  kind: 'directory',
  path,
  mode: 0o755,
}))

/**
 * What Bun and the usb module link against, libzstd for images and libresolv for names. The loader
 * finds them at its built-in path; from glibc 2.34 on the small ones are empty shells.
 */
const libraries: ReadonlyMap<string, string> = new Map([
  ['lib64/ld-linux-x86-64.so.2', '/lib64/ld-linux-x86-64.so.2'],
  ...[
    'libc.so.6',
    'libm.so.6',
    'libdl.so.2',
    'libpthread.so.0',
    'librt.so.1',
    'libresolv.so.2',
    'libgcc_s.so.1',
    'libzstd.so.1',
  ].map((name): [string, string] => [
    `lib/x86_64-linux-gnu/${name}`,
    `/usr/lib/x86_64-linux-gnu/${name}`,
  ]),
])

async function program(path: string, source: string): Promise<CpioEntry> {
  return { kind: 'file', path, mode: 0o755, bytes: await readFile(source) }
}

/** Tools that must not shadow init, and those that belong into /sbin because the kernel looks there. */
const notLinked: readonly string[] = ['busybox', 'init', 'linuxrc', 'dpkg', 'dpkg-deb']
const inSbin: readonly string[] = ['modprobe', 'mdev', 'hotplug', 'poweroff', 'reboot']

function busyboxLinks(busybox: string): readonly CpioEntry[] {
  const names = execFileSync(busybox, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '' && !notLinked.includes(name))
  return names.map((name) => ({
    kind: 'symlink',
    path: `${inSbin.includes(name) ? 'sbin' : 'bin'}/${name}`,
    target: '/bin/busybox',
  }))
}
