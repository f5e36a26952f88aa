import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CpioEntry } from './cpio.ts'
import { alwaysLoaded, moduleGroups, optionalModules } from './module-list.ts'
import { readModuleIndex, selectModules } from './module-set.ts'

/** The kernel of the boot media, as `setup.mjs` keeps it. */
export interface KernelFolder {
  readonly version: string
  /** Folder that holds `kernel/`, `modules.dep` and the other files of depmod(8). */
  readonly modules: string
}

/**
 * The modules of {@link moduleGroups} with their dependencies, and module tables for just these. The
 * files stay as the distribution signed them: stripping would break the signature that a locked-down
 * kernel (Secure Boot) wants. `scratch` is a folder for temporary files.
 */
export async function driversLayer(
  kernel: KernelFolder,
  scratch: string,
): Promise<readonly CpioEntry[]> {
  const text = async (name: string) => await readFile(join(kernel.modules, name), 'utf8')
  const index = readModuleIndex(await text('modules.dep'), await text('modules.builtin'))
  const names = Object.values(moduleGroups).flat()
  const files = selectModules(index, names, optionalModules)
  const folder = `lib/modules/${kernel.version}`
  const tables = await moduleTables(kernel, files, scratch)
  const entries = [...tables].map(([name, bytes]) => file(`${folder}/${name}`, bytes))
  for (const name of files) {
    entries.push(file(`${folder}/${name}`, await readFile(join(kernel.modules, name))))
  }
  entries.push(file('etc/assay/modules', Buffer.from(`${alwaysLoaded.join('\n')}\n`)))
  return entries
}

/** What busybox modprobe reads. `modules.symbols` serves only names that nobody asks for. */
const tableNames = ['modules.dep', 'modules.alias', 'modules.softdep'] as const

/** Runs depmod over a copy of the chosen files, so that no table names a module that is not there. */
async function moduleTables(
  kernel: KernelFolder,
  files: readonly string[],
  scratch: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  await mkdir(scratch, { recursive: true })
  const root = await mkdtemp(join(scratch, 'modules-'))
  try {
    const target = join(root, 'lib/modules', kernel.version)
    const copied = [...files, 'modules.order', 'modules.builtin', 'modules.builtin.modinfo']
    for (const name of copied) {
      await mkdir(dirname(join(target, name)), { recursive: true })
      await copyFile(join(kernel.modules, name), join(target, name))
    }
    execFileSync('depmod', ['-b', root, kernel.version], { stdio: 'pipe' })
    const tables = new Map<string, Uint8Array>()
    for (const name of tableNames) tables.set(name, await readFile(join(target, name)))
    return tables
  } finally {
    await rm(root, { recursive: true })
  }
}

function file(path: string, bytes: Uint8Array): CpioEntry {
  return { kind: 'file', path, mode: 0o644, bytes }
}
