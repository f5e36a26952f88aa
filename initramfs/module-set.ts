import assert from 'node:assert/strict'
import { DecodeError } from '../protocol/errors.ts'

/** What a kernel's module folder says about itself. */
export interface ModuleIndex {
  /** Module name (underscores) to its file, relative to the module folder. */
  readonly files: ReadonlyMap<string, string>
  /** File to the files it needs, all of them, nearest first (modules.dep is transitively closed). */
  readonly needs: ReadonlyMap<string, readonly string[]>
  /** Names that are part of the kernel itself. */
  readonly builtin: ReadonlySet<string>
}

/** Reads the text of `modules.dep` and `modules.builtin` (depmod(8), modules.dep(5)). */
export function readModuleIndex(dep: string, builtin: string): ModuleIndex {
  const files = new Map<string, string>()
  const needs = new Map<string, readonly string[]>()
  for (const line of dep.split('\n')) {
    if (line === '') continue
    const [file, rest] = line.split(':')
    if (file === undefined || rest === undefined) {
      throw new DecodeError(`modules.dep holds "${line}", wanted "file: file ..."`)
    }
    files.set(moduleName(file), file)
    needs.set(
      file,
      rest.split(' ').filter((word) => word !== ''),
    )
  }
  const names = builtin.split('\n').filter((line) => line !== '')
  return { files, needs, builtin: new Set(names.map(moduleName)) }
}

/**
 * The files of these modules and of all they depend on, sorted. A module that the kernel neither has
 * as a file nor built in is an error unless it is in `optional`.
 */
export function selectModules(
  index: ModuleIndex,
  names: readonly string[],
  optional: readonly string[] = [],
): readonly string[] {
  const chosen = new Set<string>()
  for (const name of names) {
    const file = index.files.get(name)
    if (file === undefined) {
      const fine = index.builtin.has(name) || optional.includes(name)
      assert(fine, `the kernel has no module "${name}"`)
      continue
    }
    chosen.add(file)
    for (const needed of index.needs.get(file) ?? []) chosen.add(needed)
  }
  return [...chosen].sort()
}

/** `kernel/drivers/net/virtio_net.ko.xz` -> `virtio_net`; the kernel takes `-` and `_` as equal. */
function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1)
  return base.replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_')
}
