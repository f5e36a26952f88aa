import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DecodeError } from '../../protocol/errors.ts'

/** A kernel module file and its name, which the files of a kernel do not share. */
export interface KernelModule {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The named modules and all they need, each after what it needs. `directory` holds modules.dep. */
export async function readModules(
  directory: string,
  names: readonly string[],
): Promise<readonly KernelModule[]> {
  const order = moduleOrder(await readFile(join(directory, 'modules.dep'), 'utf8'), names)
  return Promise.all(
    order.map(async (path) => ({
      name: moduleName(path),
      bytes: await readFile(join(directory, path)),
    })),
  )
}

/** Paths of the named modules and all they need, in load order. Format: modules.dep(5). */
export function moduleOrder(dependencies: string, names: readonly string[]): readonly string[] {
  const lines = new Map<string, readonly string[]>()
  for (const line of dependencies.split('\n')) {
    const [path = '', needed = ''] = line.split(':')
    if (path === '') continue
    lines.set(moduleName(path), [path, ...needed.split(' ').filter((word) => word !== '')])
  }
  const order = new Set<string>()
  for (const name of names) {
    const paths = lines.get(name)
    if (paths === undefined) throw new DecodeError(`modules.dep has no module '${name}'`)
    // depmod lists all that is needed, the module that needs nothing last.
    for (const path of paths.toReversed()) order.add(path)
  }
  return [...order]
}

function moduleName(path: string): string {
  return basename(path, '.ko')
}
