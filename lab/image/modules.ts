import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readModuleIndex, type ModuleIndex } from '../../initramfs/module-set.ts'
import { DecodeError } from '../../protocol/errors.ts'

/** A kernel module and its name, which no two of a kernel share. */
export interface KernelModule {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The named modules and all they need, each after what it needs. `directory` holds modules.dep. */
export async function readModules(
  directory: string,
  names: readonly string[],
): Promise<readonly KernelModule[]> {
  const [dependencies, builtin] = await Promise.all([
    readFile(join(directory, 'modules.dep'), 'utf8'),
    readFile(join(directory, 'modules.builtin'), 'utf8'),
  ])
  const paths = loadOrder(readModuleIndex(dependencies, builtin), names)
  return Promise.all(
    paths.map(async (path) => ({
      name: path.slice(path.lastIndexOf('/') + 1, path.indexOf('.ko')),
      bytes: await readFile(join(directory, path)),
    })),
  )
}

/** Paths of the named modules and all they need; what the kernel has built in needs no loading. */
export function loadOrder(index: ModuleIndex, names: readonly string[]): readonly string[] {
  const order = new Set<string>()
  for (const name of names) {
    if (index.builtin.has(name)) continue
    const path = index.files.get(name)
    if (path === undefined) throw new DecodeError(`modules.dep has no module '${name}'`)
    // The last one listed needs nothing.
    for (const needed of (index.needs.get(path) ?? []).toReversed()) order.add(needed)
    order.add(path)
  }
  return [...order]
}
