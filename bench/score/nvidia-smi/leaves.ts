/** An element of nvidia-smi's XML without elements in it. */
export interface Leaf {
  /** Names below `gpu`, or below the root: `mig_devices.mig_device[1].index`. */
  readonly path: string
  readonly value: string
  /** Which `gpu` element it is in; null outside of all. */
  readonly gpu: number | null
}

/** The leaves of a file that nvidia-smi wrote: one tag a line, no attributes but `id`. */
export function leavesOf(text: string): readonly Leaf[] {
  const leaves: Leaf[] = []
  const open: { readonly name: string; readonly counts: Map<string, number> }[] = []
  let gpu = -1
  let isLeaf = false
  const tags = /<(\/?)(\w+)[^>]*>([^<]*)/g
  for (const [, close = '', name = '', value = ''] of text
    .replace(/<!DOCTYPE[^>]*>/, '')
    .matchAll(tags)) {
    if (close === '/') {
      isLeaf = false
      open.pop()
      continue
    }
    if (isLeaf) leaves.pop()
    const counts = open.at(-1)?.counts
    const index = counts?.get(name) ?? 0
    counts?.set(name, index + 1)
    if (name === 'gpu') gpu++
    const path = [...open.slice(1).map((one) => one.name), index > 0 ? `${name}[${index}]` : name]
    open.push({ name: path.at(-1) ?? name, counts: new Map() })
    const inGpu = path[0]?.startsWith('gpu') === true && /^gpu(\[|$)/.test(path[0])
    leaves.push({
      path: (inGpu ? path.slice(1) : path).join('.'),
      value: value.trim(),
      gpu: inGpu ? gpu : null,
    })
    isLeaf = true
  }
  return leaves
}
