import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusPath } from '../../../bench/score/corpus.ts'
import type { ClassedFacts } from '../../../protocol/facts/inventory.ts'
import { describeCorpus } from '../../agent/discovery/corpora.ts'
import { makeMachine } from '../machine-facts.ts'
import { World } from '../world.ts'
import { ethernetMachine, infinibandMachine } from './made-fabric.ts'

/** An adapter of a host in the text of the dump. */
interface Cable {
  readonly guid: string
  readonly host: string
  readonly description: string
  readonly leaf: string
  /** `"S-<leaf>"[<port>]`, as its section names the other end. */
  readonly end: string
}

/** Cables of machines with GPUs, read with nothing of ours. */
function cablesOf(text: string): readonly Cable[] {
  const section =
    /caguid=0x(\w+)\nCa\s+\d+ "H-\w+"\s+# "((\S*dgx\S*) \S+)"\n\[1\]\(\w+\)\s+("S-(\w+)"\[\d+\])/g
  return [...text.matchAll(section)].map(
    ([, guid = '', description = '', host = '', end = '', leaf = '']) => ({
      guid,
      description,
      host,
      leaf,
      end,
    }),
  )
}

/** The dump with the cables of two adapters at each other's leaf. */
function crossed(text: string, a: Cable, b: Cable): string {
  const swap = (line: string, pairs: readonly (readonly [string, string])[]) =>
    pairs.reduce(
      (now, [one, other]) =>
        now.includes(one) ? now.replaceAll(one, other) : now.replaceAll(other, one),
      line,
    )
  let open = ''
  return text
    .split('\n')
    .map((line) => {
      if (/^(Ca|Switch)/.test(line)) open = line
      if (!line.startsWith('[')) return line
      const isOwn = [a, b].some(({ guid }) => open.startsWith('Ca') && open.includes(guid))
      if (isOwn) return swap(line, [[a.end, b.end]])
      const isFar = [a, b].some(({ guid }) => line.includes(`"H-${guid}"`))
      const names = [[a.guid, b.guid] as const, [a.description, b.description] as const]
      return open.startsWith('Switch') && isFar ? swap(line, names) : line
    })
    .join('\n')
}

/** The dump without a host, as if it had been carried away. */
function without(text: string, host: string): string {
  return text
    .split(/\n(?=vendid=)/)
    .filter((section) => !new RegExp(`\\nCa\\s.*# "${host} `).test(section))
    .map((section) =>
      section
        .split('\n')
        .filter((line) => !line.includes(`# "${host} `))
        .join('\n'),
    )
    .join('\n')
}

const lease = { duration: '1h' }
const perRail = (unknown: 'refuse' | 'accept') => ({
  kind: 'same',
  level: 'leaf',
  perRail: true,
  unknown,
})

describeCorpus('fabric', 'a server whose machines are the hosts of a recorded fabric', () => {
  let world: World
  let text: string
  let cables: ReadonlyMap<string, readonly Cable[]>
  const idOf = new Map<string, string>()
  const hostOf = new Map<string, string>()

  beforeAll(async () => {
    text = await readFile(corpusPath('fabric', 'ibnetdiscover-dgx-ndr.out'), 'utf8')
    cables = Map.groupBy(cablesOf(text), ({ host }) => host)
    world = await World.start()
    let n = 0
    for (const [host, own] of cables) {
      n += 1
      const made = makeMachine(n)
      const { nic } = infinibandMachine(own.map(({ guid }) => guid))
      const facts: ClassedFacts[] = [...made.facts]
      if (nic !== null) facts.push({ class: 'nic', facts: nic })
      // The first hears a switch at a port for management, too, which is no rail of a gang.
      const heard = ethernetMachine([
        { name: 'eno1', linkSpeedBitsPerSecond: 1e9, hears: 'mgmt-1' },
      ])
      if (n === 1 && nic !== null && heard.nic !== null && heard.neighbors !== null) {
        facts.pop()
        facts.push({ class: 'nic', facts: { ...nic, interfaces: heard.nic.interfaces } })
        facts.push({ class: 'neighbors', facts: heard.neighbors })
      }
      const agent = world.agent({ ...made, facts }).connect(world.service)
      await world.until(() => agent.welcome !== null)
      const id = agent.welcome?.machineId ?? ''
      idOf.set(host, id)
      hostOf.set(id, host)
    }
    await world.until(async () =>
      (await world.service.machines.list()).every(({ state }) => state === 'available'),
    )
    await world.service.fabric.import('ib', text, 'olga')
    await world.service.fabric.settled()
  }, 120_000)
  afterAll(() => world.close())

  const ask = async (count: number, unknown: 'refuse' | 'accept', include?: readonly string[]) =>
    (
      await world.service.allocations.create(
        {
          request: {
            roles: [{ name: 'trainer', count, ...(include ? { machines: { include } } : {}) }],
            constraints: [perRail(unknown)],
            lease,
          },
          dryRun: true,
        },
        { owner: 'o', tenant: 't', idempotencyKey: null },
      )
    ).explanation
  const leavesOf = (host: string) => (cables.get(host) ?? []).map(({ leaf }) => leaf).toSorted()
  const attributesOf = async (host: string) =>
    (await world.service.machines.get(idOf.get(host) ?? '')).attributes

  test('answers a gang of eight on the same leaf of every rail, as the text has it', async () => {
    expect(cables.size).toBe(119)
    const { verdict, constraints, chosen, summary } = await ask(8, 'refuse')
    expect([verdict, summary.slice(0, 18)]).toEqual(['matched', '8 machines matched'])
    const hosts = chosen.map(({ machine }) => hostOf.get(machine) ?? '')
    const sets = hosts.map((host) => leavesOf(host).join())
    expect([hosts.length, new Set(sets).size, sets[0]?.split(',').length]).toEqual([8, 1, 4])
    expect(constraints[0]).toMatchObject({ unseen: 10, unlabelled: 0, placeable: 8, wanted: 8 })
  })

  test('holds the ten hosts with an unseen leaf for unknown, not for unequal', async () => {
    const unseen = [...cables].flatMap(([host, own]) => (own.length === 3 ? [host] : []))
    expect(unseen).toHaveLength(10)
    for (const host of unseen) {
      const { 'fabric.ports': ports, 'fabric.rails': rails } = await attributesOf(host)
      expect(rails).toBe(4)
      expect(JSON.stringify(ports).match(/"leaf":/g)).toHaveLength(3)
      // Its mates have the leaves that were seen of it, and its own is unseen of them, too.
      const own = new Set(leavesOf(host))
      const mate = unseen.find(
        (other) => other !== host && own.isSubsetOf(new Set(leavesOf(other))),
      )
      const pair = [host, mate ?? 'none'].map((name) => idOf.get(name) ?? 'none')
      const refused = await ask(2, 'refuse', pair)
      expect(refused.verdict).toBe('impossible')
      expect(refused.constraints[0]).toMatchObject({ unseen: 2, unlabelled: 0, placeable: 0 })
      expect(refused.roles[0]?.eligible.total).toBe(2)
      expect((await ask(2, 'accept', pair)).verdict).toBe('matched')
      const stranger = [...cables.keys()].find(
        (other) => leavesOf(other).length === 4 && own.isDisjointFrom(new Set(leavesOf(other))),
      )
      const far = [host, stranger ?? 'none'].map((name) => idOf.get(name) ?? 'none')
      expect((await ask(2, 'accept', far)).verdict).toBe('impossible')
    }
  })

  test('merges what a machine hears with what was imported', async () => {
    const [host = ''] = cables.keys()
    const attributes = await attributesOf(host)
    expect(attributes['fabric.leafNames']).toContain('mgmt-1')
    expect(attributes['fabric.leaves']).toHaveLength(leavesOf(host).length + 1)
    expect(attributes['fabric.rails']).toBe(4)
    const fabric = await world.service.fabric.show()
    const levels = Map.groupBy(fabric.switches, ({ network, level }) => `${network} ${level}`)
    expect(Object.fromEntries([...levels].map(([key, all]) => [key, all.length]))).toEqual({
      'ethernet leaf': 1,
      'infiniband leaf': 31,
      'infiniband spine': 9,
    })
    const ours = fabric.hosts.filter(({ machineId }) => machineId !== null)
    const networks = Map.groupBy(ours, ({ network }) => network)
    expect(Object.fromEntries([...networks].map(([key, all]) => [key, all.length]))).toEqual({
      ethernet: 1,
      infiniband: 119,
    })
  })

  test('follows a second import: a moved cable, a host that is gone', async () => {
    const whole = [...cables].filter(([, own]) => own.length === 4)
    const groups = [...Map.groupBy(whole, ([host]) => leavesOf(host).join()).values()]
    const [[first, mate, gone] = [], [other] = []] = groups.filter((group) => group.length > 2)
    const [a, b] = [first?.[1][0], other?.[1][0]]
    if (a === undefined || b === undefined) throw new Error('the dump has two groups of hosts')
    const pair = [first?.[0], mate?.[0]].map((host) => idOf.get(host ?? '') ?? '')
    expect((await ask(2, 'accept', pair)).verdict).toBe('matched')
    const before = await world.service.machines.list()

    await world.service.fabric.import('ib', without(crossed(text, a, b), gone?.[0] ?? ''), 'olga')
    await world.service.fabric.settled()
    expect(JSON.stringify((await attributesOf(a.host))['fabric.ports'])).toContain(b.leaf)
    const moved = await ask(2, 'accept', pair)
    expect(moved.verdict).toBe('impossible')
    expect(moved.constraints[0]).toMatchObject({ unseen: 0, placeable: 1, wanted: 2 })
    expect((await attributesOf(gone?.[0] ?? ''))['fabric.rails']).toBeUndefined()
    const left = await ask(2, 'refuse', [pair[1] ?? '', idOf.get(gone?.[0] ?? '') ?? ''])
    expect(left.constraints[0]).toMatchObject({ unlabelled: 1, placeable: 1 })
    // Nobody else is touched.
    const touched = (await world.service.machines.list()).filter(
      ({ id, attributes }, at) =>
        before[at]?.id !== id ||
        JSON.stringify(before[at].attributes) !== JSON.stringify(attributes),
    )
    const expected = [a.host, b.host, gone?.[0]].map((host) => idOf.get(host ?? ''))
    expect(new Set(touched.map(({ id }) => id))).toEqual(new Set(expected))

    await world.service.fabric.import('ib', text, 'olga')
    await world.service.fabric.settled()
    expect((await ask(2, 'refuse', pair)).verdict).toBe('matched')
  })
})
