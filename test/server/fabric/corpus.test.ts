import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { corpusPath } from '../../../bench/score/corpus.ts'
import { decodeIbnetdiscover } from '../../../protocol/fabric-ibnetdiscover.ts'
import { subnetOf, type Subnet } from '../../../server/fabric/topology.ts'
import { describeCorpus } from '../../agent/discovery/corpora.ts'

/**
 * What a recorded subnet holds, counted in its text line by line: which host says to have which device
 * at which switch, and which switch says to have hosts. Nothing of ours reads it.
 */
function dumbly(text: string) {
  const hosts = new Map<string, Map<string, string>>()
  const leaves = new Set<string>()
  const switches = new Set<string>()
  let section: { readonly host: string; readonly device: string } | null = null
  let open: string | null = null
  for (const line of text.split('\n')) {
    if (line.startsWith('Switch')) {
      open = /"S-(\w+)"/.exec(line)?.[1] ?? ''
      section = null
      switches.add(open)
    } else if (line.startsWith('Ca')) {
      open = null
      const said = /# "(\S+) (HCA-\d+|mlx5_\d+)"$/.exec(line)
      section = said === null ? null : { host: said[1] ?? '', device: said[2] ?? '' }
    } else if (line.startsWith('[') && section !== null) {
      const own = hosts.get(section.host) ?? new Map<string, string>()
      hosts.set(section.host, own.set(section.device, /"S-(\w+)"/.exec(line)?.[1] ?? ''))
    } else if (line.startsWith('[') && open !== null) {
      if (line.includes('"H-') && !line.includes('Aggregation Node')) leaves.add(open)
    }
  }
  hosts.delete('localhost')
  return { hosts, leaves, spines: new Set([...switches].filter((id) => !leaves.has(id))) }
}

/** The recording, and what we make of it. */
async function recorded(): Promise<{ readonly text: string; readonly subnet: Subnet }> {
  const bytes = new Uint8Array(await readFile(corpusPath('fabric', 'ibnetdiscover-dgx-ndr.out')))
  const subnet = subnetOf('recorded', decodeIbnetdiscover(bytes))
  return { text: new TextDecoder().decode(bytes), subnet }
}

const idsAt = ({ switches }: Subnet, level: string) =>
  new Set(switches.filter((one) => one.level === level).map(({ id }) => id))

describeCorpus('fabric', 'a recorded NDR fabric', () => {
  test('has the leaves and spines that its text has', async () => {
    const { text, subnet } = await recorded()
    const { leaves, spines } = dumbly(text)
    expect(idsAt(subnet, 'leaf')).toEqual(leaves)
    expect(idsAt(subnet, 'spine')).toEqual(spines)
    expect([leaves.size, spines.size]).toEqual([31, 9])
  })

  test('has the hosts that its text has, with each of their links', async () => {
    const { text, subnet } = await recorded()
    const { hosts } = dumbly(text)
    expect(new Set(subnet.hosts.map(({ name }) => name))).toEqual(new Set(hosts.keys()))
    expect([...hosts.keys()].filter((name) => name.includes('dgx'))).toHaveLength(119)
    for (const { name, rails } of subnet.hosts) {
      const links = rails.flatMap(({ port, leafId }) => (leafId === null ? [] : [[port, leafId]]))
      expect(Object.fromEntries(links)).toEqual(Object.fromEntries(hosts.get(name ?? '') ?? []))
    }
  })

  test('has its compute hosts on one leaf per rail; a leaf that was not seen is not known', async () => {
    const { text, subnet } = await recorded()
    const { hosts } = dumbly(text)
    const unseen = [...hosts].filter(([name, own]) => name.includes('dgx') && own.size === 3)
    expect(unseen).toHaveLength(10)
    for (const { name, rails } of subnet.hosts.filter((host) => host.name?.includes('dgx'))) {
      expect(rails.map(({ rail }) => rail)).toEqual([1, 2, 3, 4])
      const leaves = rails.map(({ leafId }) => leafId)
      expect(new Set(leaves).size).toBe(4)
      const isUnseen = unseen.some(([host]) => host === name)
      expect(leaves.filter((leaf) => leaf === null)).toHaveLength(isUnseen ? 1 : 0)
      if (isUnseen) expect(rails[2]).toMatchObject({ port: 'HCA-5', leafId: null })
    }
  })

  test('has every link of its switches, those to their own aggregation nodes left out', async () => {
    const { text, subnet } = await recorded()
    const [switches = ''] = text.split(/^Ca/m)
    const lines = switches
      .split('\n')
      .filter((line) => line.startsWith('[') && !line.includes('Aggregation Node'))
    const links = subnet.switches.flatMap(({ ports }) => ports)
    expect(links).toHaveLength(lines.length)
    const toHosts = links.filter(({ peer }) => peer.kind === 'host')
    expect(toHosts).toHaveLength(lines.filter((line) => line.includes('"H-')).length)
  })

  test('has one host whose cables are crossed, against all others beside it', async () => {
    const { subnet } = await recorded()
    expect(subnet.findings.map(({ code, subject }) => [code, subject])).toEqual([
      ['fabric.rail-crossed', 'b08-p1-dgx-08-c01'],
      ['fabric.rail-crossed', 'b08-p1-dgx-08-c01'],
    ])
  })
})
