import { gunzipSync } from 'node:zlib'
import { readTar } from '../../agent/capture/read-tar.ts'
import type { Host } from '../../agent/host.ts'

/** A folder of an archive, a file or a link of it. */
type Place =
  | { readonly kind: 'folder'; readonly names: Map<string, Place> }
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly target: string }

type Folder = Extract<Place, { kind: 'folder' }>

const maxLinks = 40

/**
 * A recorded machine as it lies in a `.tar.gz`, without unpacking its thousands of files: the same
 * answers as `rootedHost` of the unpacked folder.
 */
export function archivedHost(archive: Uint8Array): Host {
  const root = treeOf(archive)
  const file = (path: string) => {
    const place = placeAt(root, path)
    if (place === undefined || place.kind === 'file') return place?.bytes
    throw new Error(`Cannot read ${path}: it is a directory`)
  }
  const decoder = new TextDecoder()
  return {
    live: false,
    text: async (path) => {
      const bytes = file(path)
      return bytes === undefined ? undefined : decoder.decode(bytes)
    },
    bytes: async (path) => file(path),
    part: async (path, offset, length) => file(path)?.subarray(offset, offset + length),
    ask: async () => undefined,
    list: async (path) => {
      const place = placeAt(root, path)
      return place?.kind === 'folder' ? [...place.names.keys()].sort() : []
    },
    link: async (path) => {
      const slash = path.lastIndexOf('/')
      const folder = placeAt(root, path.slice(0, slash))
      const place = folder?.kind === 'folder' ? folder.names.get(path.slice(slash + 1)) : undefined
      return place?.kind === 'link' ? place.target : undefined
    },
  }
}

function treeOf(archive: Uint8Array): Folder {
  const root: Folder = { kind: 'folder', names: new Map() }
  for (const entry of readTar(new Uint8Array(gunzipSync(archive)))) {
    const parts = entry.path.split('/').filter((part) => part !== '' && part !== '.')
    const name = parts.pop()
    if (name === undefined) continue
    const folder = folderAt(root, parts)
    if (entry.kind === 'folder') folderAt(folder, [name])
    else if (entry.kind === 'file') folder.names.set(name, { kind: 'file', bytes: entry.bytes })
    else folder.names.set(name, { kind: 'link', target: entry.target })
  }
  return root
}

/** The folder under the names, made where it is not there yet. */
function folderAt(root: Folder, names: readonly string[]): Folder {
  let folder = root
  for (const name of names) {
    const known = folder.names.get(name)
    const next: Folder = known?.kind === 'folder' ? known : { kind: 'folder', names: new Map() }
    if (next !== known) folder.names.set(name, next)
    folder = next
  }
  return folder
}

/** What a path leads to, links followed inside of the archive; undefined: nothing. */
function placeAt(root: Folder, path: string): Exclude<Place, { kind: 'link' }> | undefined {
  const todo = path.split('/').reverse()
  const above: Folder[] = []
  let here: Exclude<Place, { kind: 'link' }> = root
  for (let links = 0; todo.length > 0;) {
    const part = todo.pop()
    if (part === undefined || part === '' || part === '.') continue
    if (here.kind !== 'folder') return undefined
    if (part === '..') {
      here = above.pop() ?? root
      continue
    }
    const next: Place | undefined = here.names.get(part)
    if (next === undefined) return undefined
    if (next.kind === 'link') {
      if (++links > maxLinks) throw new Error(`Cannot resolve ${path}: more than ${maxLinks} links`)
      if (next.target.startsWith('/')) {
        above.length = 0
        here = root
      }
      todo.push(...next.target.split('/').reverse())
      continue
    }
    above.push(here)
    here = next
  }
  return here
}
