import type { Host } from '../host.ts'

/** As many as the kernel follows in one path, path_resolution(7). */
const maxLinks = 40

/** Finds where paths of a host really lead, and remembers each link on the way. */
export class RealPaths {
  /** Real path of a link -> its target as written. */
  readonly links = new Map<string, string>()
  /** Real paths of the folders on the way, whether or not there was anything in them. */
  readonly folders = new Set<string>()
  readonly #host: Host
  readonly #unreadable = new Set<string>()
  readonly #names = new Map<string, Promise<ReadonlySet<string>>>()
  readonly #steps = new Map<string, Promise<string | null | undefined>>()

  constructor(host: Host) {
    this.#host = host
  }

  /** The real path; null when a part of it is missing or leads round in a circle. */
  async resolve(path: string): Promise<string | null> {
    const todo = path.split('/').reverse()
    const done: string[] = []
    for (let links = 0; todo.length > 0;) {
      const part = todo.pop()
      if (part === undefined || part === '' || part === '.') continue
      if (part === '..') {
        done.pop()
        continue
      }
      const at = `/${[...done, part].join('/')}`
      const target = await this.#step(at)
      if (target === undefined) return null
      if (target === null) {
        done.push(part)
        if (todo.length > 0 && !this.#unreadable.has(at)) this.folders.add(at)
        continue
      }
      if (++links > maxLinks) return null
      if (target.startsWith('/')) done.length = 0
      todo.push(...target.split('/').reverse())
    }
    return `/${done.join('/')}`
  }

  /** Target of the link at a real path; null when something else is there, undefined for nothing. */
  #step(at: string): Promise<string | null | undefined> {
    const known = this.#steps.get(at)
    if (known !== undefined) return known
    const step = this.#readLink(at)
    this.#steps.set(at, step)
    return step
  }

  async #readLink(at: string): Promise<string | null | undefined> {
    try {
      const target = await this.#host.link(at)
      if (target === undefined) return (await this.#isThere(at)) ? null : undefined
      this.links.set(at, target)
      return target
    } catch {
      // What is wrong with it shows when it is read.
      this.#unreadable.add(at)
      return null
    }
  }

  async #isThere(at: string): Promise<boolean> {
    const slash = at.lastIndexOf('/')
    const folder = at.slice(0, slash) || '/'
    const known = this.#names.get(folder)
    const names = known ?? this.#host.list(folder).then((list) => new Set(list))
    if (known === undefined) this.#names.set(folder, names)
    return (await names).has(at.slice(slash + 1))
  }
}
