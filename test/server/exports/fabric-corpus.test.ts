import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { corpusPath } from '../../../bench/score/corpus.ts'
import { decodeIbnetdiscover } from '../../../protocol/fabric-ibnetdiscover.ts'
import { emptyInventory } from '../../../protocol/facts/inventory.ts'
import { shortName } from '../../../server/exports/export-node.ts'
import { leavesOn, switchTree, type Switch } from '../../../server/exports/topology.ts'
import { subnetOf } from '../../../server/fabric/topology.ts'
import { describeCorpus } from '../../agent/discovery/corpora.ts'
import { madeNode } from './made-nodes.ts'

/** Leaf switches that each host says to hang on, read out of the text line by line. */
function dumbly(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const hosts = new Map<string, Set<string>>()
  let host: string | null = null
  for (const line of text.split('\n')) {
    if (/^(Ca|Switch)\t/.test(line)) host = /# "(\S+) (?:HCA-|mlx5_)\d+"$/.exec(line)?.[1] ?? null
    const leaf = host === null ? null : /^\[.*"S-(\w+)"/.exec(line)?.[1]
    if (host === null || leaf === null || leaf === undefined) continue
    hosts.set(host, (hosts.get(host) ?? new Set()).add(leaf))
  }
  return hosts
}

const hostsOf = (one: Switch): readonly string[] =>
  one.kind === 'leaf' ? one.hosts : one.below.flatMap(hostsOf)

describeCorpus('fabric', 'the switches of a recorded NDR fabric', () => {
  test('hold hosts with the same leaves on all rails, and those with an unseen one alone', async () => {
    const bytes = await readFile(corpusPath('fabric', 'ibnetdiscover-dgx-ndr.out'))
    const subnet = subnetOf('recorded', decodeIbnetdiscover(new Uint8Array(bytes)))
    const nodes = subnet.hosts.flatMap(({ name, rails }, n) =>
      name?.includes('-dgx-') === true
        ? [
            madeNode(n, {
              host: name.toLowerCase(),
              leaves: leavesOn(rails),
              inventory: emptyInventory,
            }),
          ]
        : [],
    )
    const [top] = switchTree(nodes, shortName)
    const switches = top?.kind === 'above' ? top.below : []
    expect(switches.flatMap(hostsOf)).toHaveLength(nodes.length)
    const said = new Map(
      [...dumbly(new TextDecoder().decode(bytes))].map(([name, leaves]) => [
        name.toLowerCase(),
        leaves,
      ]),
    )
    const most = Math.max(...[...said.values()].map(({ size }) => size))
    const alone = switches.filter(({ name }) => name.startsWith('alone-')).flatMap(hostsOf)
    const unseen = nodes.filter(({ host }) => (said.get(host)?.size ?? 0) < most)
    expect(alone.toSorted()).toEqual(unseen.map(({ host }) => host).toSorted())
    expect(alone).toHaveLength(10)
    for (const one of switches) {
      const sets = hostsOf(one).map((host) => [...(said.get(host) ?? [])].toSorted().join(' '))
      expect(new Set(sets).size).toBe(1)
    }
  })
})
