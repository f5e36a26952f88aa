import type { Finding } from '../../protocol/facts/finding.ts'
import type { Host } from '../host.ts'
import { attempt } from './attempt.ts'
import { parseCpuList, parseCpuMask } from './decode/cpu-list.ts'
import { paths } from './paths.ts'
import { attribute, countAttribute, flagAttribute, linkName } from './sysfs.ts'

/**
 * Reads attributes that fail one by one: what cannot be read or is malformed is null, as if it were
 * not there, and leaves a finding. For classes where one bad file of thousands must not cost the rest.
 */
export interface ForgivingReader {
  readonly host: Host
  text(path: string): Promise<string | null>
  count(path: string): Promise<number | null>
  flag(path: string): Promise<boolean | null>
  /** As `Host.list`; none for a folder that cannot be listed. */
  names(folder: string): Promise<readonly string[]>
  /** Of a list, or of the mask that older kernels have alone; a bad list leaves the mask. */
  cpus(listPath: string, maskPath: string): Promise<readonly number[] | null>
  /** As `linkName`. */
  linkName(path: string): Promise<string | null>
  /** What `decode` makes of the text; it throws for what is malformed. */
  decoded<T>(path: string, decode: (text: string) => T): Promise<T | null>
  /** One for each file name, however many files of it failed. */
  findings(): readonly Finding[]
}

/** `area` as in {@link attempt}. */
export function forgivingReader(host: Host, area: string): ForgivingReader {
  const failed = new Map<string, { readonly first: Finding; count: number }>()
  const readAs = async <T>(name: string, job: () => Promise<T | null>): Promise<T | null> => {
    const outcome = await attempt(area, name, job)
    if (outcome.kind === 'done') return outcome.value
    const alike = failed.get(`${outcome.finding.code} ${name}`)
    if (alike === undefined) {
      failed.set(`${outcome.finding.code} ${name}`, { first: outcome.finding, count: 1 })
    } else alike.count++
    return null
  }
  const read = <T>(path: string, job: () => Promise<T | null>) =>
    readAs(path.split('/').at(-1) ?? path, job)
  const folders = new Map<string, Promise<ReadonlySet<string> | null>>()
  // Most of what could be asked of a CPU is not there: its folders are listed once instead.
  const namesIn = (folder: string): Promise<ReadonlySet<string> | null> => {
    const known = folders.get(folder)
    if (known !== undefined) return known
    const listed = readAs('folder', async () => {
      return new Set((await isThere(folder)) ? await host.list(folder) : [])
    })
    folders.set(folder, listed)
    return listed
  }
  // A folder that cannot be listed may still hold what is asked for.
  const isThere = async (path: string): Promise<boolean> => {
    const slash = path.lastIndexOf('/')
    if (!path.startsWith(`${paths.cpu}/`)) return true
    return (await namesIn(path.slice(0, slash)))?.has(path.slice(slash + 1)) ?? true
  }
  const value = async <T>(path: string, job: () => Promise<T | null>): Promise<T | null> =>
    (await isThere(path)) ? read(path, job) : null
  const decoded = <T>(path: string, decode: (text: string) => T): Promise<T | null> =>
    value(path, async () => {
      const text = await attribute(host, path)
      return text === null ? null : decode(text)
    })
  return {
    host,
    text: (path) => value(path, () => attribute(host, path)),
    count: (path) => value(path, () => countAttribute(host, path)),
    flag: (path) => value(path, () => flagAttribute(host, path)),
    cpus: async (listPath, maskPath) =>
      (await decoded(listPath, parseCpuList)) ?? decoded(maskPath, parseCpuMask),
    linkName: (path) => value(path, () => linkName(host, path)),
    decoded,
    names: async (folder) => [...((await namesIn(folder)) ?? [])],
    findings: () =>
      [...failed.values()].map(({ first, count }) =>
        count === 1
          ? { ...first, severity: 'warning' }
          : {
              ...first,
              severity: 'warning',
              message: `${first.message.slice(0, 960)}, and ${count - 1} more files of that name`,
            },
      ),
  }
}
