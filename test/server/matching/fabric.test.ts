import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { corpusPath } from '../../../bench/score/corpus.ts'
import { decodeIbnetdiscover } from '../../../protocol/fabric-ibnetdiscover.ts'
import { parseRequest } from '../../../protocol/request.ts'
import { subnetOf } from '../../../server/fabric/topology.ts'
import type { Candidate } from '../../../server/matching/candidate.ts'
import { match } from '../../../server/matching/match.ts'
import { describeCorpus } from '../../agent/discovery/corpora.ts'

const file = () => readFile(corpusPath('fabric', 'ibnetdiscover-dgx-ndr.out'))

/** The hosts of the recorded fabric with the leaf on each rail, as matching sees machines. */
async function hosts(): Promise<readonly Candidate[]> {
  const subnet = subnetOf('recorded', decodeIbnetdiscover(new Uint8Array(await file())))
  return subnet.hosts.flatMap(({ name, rails }): readonly Candidate[] => {
    // Beside the machines with GPUs there are two that look after the fabric.
    if (name?.includes('dgx') !== true) return []
    const links = new Map(rails.map(({ rail, leafId }) => [String(rail), leafId]))
    const availability = { kind: 'free' } as const
    return [{ id: name, attributes: new Map(), availability, links: new Map([['leaf', links]]) }]
  })
}

/** Leaves of each host, read line by line from its own sections of the dump and from nothing else. */
async function leavesByHost(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Set<string>>()
  let host: string | null = null
  for (const line of (await file()).toString('utf8').split('\n')) {
    if (line.startsWith('Ca') || line.startsWith('Switch')) {
      host = /^Ca.*# "(\S+) (?:HCA-\d+|mlx5_\d+)"$/.exec(line)?.[1] ?? null
    } else if (host !== null && line.startsWith('[')) {
      const leaf = /"S-(\w+)"/.exec(line)?.[1] ?? ''
      found.set(host, (found.get(host) ?? new Set()).add(leaf))
    }
  }
  return new Map([...found].filter(([name]) => name.includes('dgx')))
}

const gang = (count: number, unknown: 'refuse' | 'accept') =>
  parseRequest({
    roles: [{ name: 'trainer', count }],
    constraints: [{ kind: 'same', level: 'leaf', perRail: true, unknown }],
    lease: { duration: '1h' },
  })

/** The sizes of sets of hosts that all have the very same leaves, of hosts whose leaves are all seen. */
async function groupSizes(): Promise<readonly number[]> {
  const whole = [...(await leavesByHost()).values()].map((leaves) => [...leaves].toSorted())
  const most = Math.max(...whole.map((leaves) => leaves.length))
  const keys = whole.filter((leaves) => leaves.length === most).map((leaves) => leaves.join())
  return [...Map.groupBy(keys, (key) => key).values()].map((group) => group.length)
}

describeCorpus('fabric', 'hosts of a recorded NDR fabric', () => {
  test('are 119, of which 10 have a leaf nobody has seen: unknown, and not unequal', async () => {
    const { explanation } = match(gang(8, 'refuse'), await hosts())
    expect(explanation.machines.total).toBe(119)
    expect(explanation.constraints[0]).toMatchObject({ unseen: 10, unlabelled: 0 })
  })

  test('make a gang of eight on the same leaf of every rail, as their text says', async () => {
    const outcome = match(gang(8, 'refuse'), await hosts())
    expect(outcome.kind).toBe('matched')
    const leaves = await leavesByHost()
    const [chosen] = outcome.kind === 'matched' ? outcome.assignments : []
    const sets = (chosen?.machines ?? []).map((id) => [...(leaves.get(id) ?? [])].toSorted().join())
    expect(sets).toHaveLength(8)
    expect(new Set(sets).size).toBe(1)
    expect(sets[0]?.split(',').length).toBeGreaterThan(1)
  })

  test('make no larger gang than there are hosts with the same leaves in the text', async () => {
    const most = Math.max(...(await groupSizes()))
    const all = await hosts()
    expect(match(gang(most, 'refuse'), all).kind).toBe('matched')
    const { kind, explanation } = match(gang(most + 1, 'refuse'), all)
    expect(kind).toBe('unmatched')
    expect(explanation.verdict).toBe('impossible')
    expect(explanation.constraints[0]?.placeable).toBe(most)
  })

  test('with an unseen leaf fill a gang where that is accepted and the rest agrees', async () => {
    const most = Math.max(...(await groupSizes()))
    const outcome = match(gang(most + 1, 'accept'), await hosts())
    const leaves = await leavesByHost()
    const [chosen] = outcome.kind === 'matched' ? outcome.assignments : []
    const sets = (chosen?.machines ?? []).map((id) => leaves.get(id) ?? new Set<string>())
    const largest = Math.max(...sets.map((set) => set.size), 0)
    const whole = sets.find((set) => set.size === largest) ?? new Set<string>()
    // Whoever has a leaf unseen has no leaf that the others have not.
    for (const set of sets) expect(set.difference(whole).size).toBe(0)
    expect(outcome.explanation.verdict).toMatch(/matched|impossible/)
  })
})
