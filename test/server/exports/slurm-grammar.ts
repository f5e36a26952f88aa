/**
 * A strict reader of topology.conf(5) in its block form, which slurmctld knows from 23.11 on: keys,
 * their order and the limits that the manual states. Throws for anything else.
 */
export function readBlocks(text: string) {
  const blocks: { readonly name: string; readonly hosts: readonly string[] }[] = []
  let sizes: readonly number[] | null = null
  for (const line of text.split('\n').map((one) => one.replace(/#.*$/, '').trim())) {
    if (line === '') continue
    const [, name, nodes] = /^BlockName=([A-Za-z0-9._-]{1,64}) Nodes=(\S+)$/.exec(line) ?? []
    if (name !== undefined && nodes !== undefined) {
      if (sizes !== null) throw new Error('a block after the sizes')
      blocks.push({ name, hosts: hosts(nodes) })
      continue
    }
    const [, list] = /^BlockSizes=(\d+(?:,\d+)*)$/.exec(line) ?? []
    if (list === undefined || sizes !== null) throw new Error(`line '${line}'`)
    sizes = list.split(',').map(Number)
  }
  const all = blocks.flatMap((block) => block.hosts)
  if (new Set(all).size !== all.length) throw new Error('a host in two blocks')
  const [base = 0] = sizes ?? []
  if (blocks.some((block) => block.hosts.length < base)) throw new Error('a block below the base')
  return { blocks, sizes }
}

function hosts(list: string): readonly string[] {
  const [, prefix, ranges] = /^([a-z0-9-]+)\[([\d,-]+)\]$/.exec(list) ?? []
  if (prefix === undefined || ranges === undefined) return list.split(',')
  return ranges.split(',').flatMap((range) => {
    const [from = '', to = from] = range.split('-')
    return Array.from(
      { length: Number(to) - Number(from) + 1 },
      (_, at) => prefix + String(Number(from) + at).padStart(from.length, '0'),
    )
  })
}
