import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readClaims } from '../../../agent/discovery/claims.ts'
import { discover, type DiscoveryEvent } from '../../../agent/discovery/discover.ts'
import { checkFacts } from '../../../agent/discovery/check-facts.ts'
import { EarlyDiscovery } from '../../../agent/early-discovery.ts'
import { type Host, rootedHost } from '../../../agent/host.ts'
import { identityEvidence } from '../../../protocol/facts/identity-evidence.ts'
import { factClasses } from '../../../protocol/facts/classes.ts'
import { emptyInventory, parseFacts } from '../../../protocol/facts/inventory.ts'
import { systemClock } from '../../../protocol/system-effects.ts'
import { machine, machineFacts } from './machines.ts'

const name = 'qemu-q35-two-socket'
const never = new AbortController().signal

async function eventsOf(host: Host, signal = never, clock = systemClock) {
  const events: DiscoveryEvent[] = []
  await discover(host, clock, (event) => events.push(event), signal)
  return events
}

function factsIn(events: readonly DiscoveryEvent[]): Record<string, unknown> {
  return Object.fromEntries(
    events.flatMap((event) => (event.kind === 'facts' ? [[event.class, event.facts]] : [])),
  )
}

function findingsIn(events: readonly DiscoveryEvent[]) {
  return events.flatMap((event) => (event.kind === 'finding' ? [event.finding] : []))
}

/** `host`, where reading a path that `hangs` says never ends. */
function hanging(host: Host, hangs: (path: string) => boolean): Host {
  const endless = new Promise<never>(() => undefined)
  return { ...host, bytes: (path) => (hangs(path) ? endless : host.bytes(path)) }
}

test('discovery of a recorded machine finds what it is known to be, twice the same', async () => {
  await using recorded = await machine(name)
  const events = await eventsOf(rootedHost(recorded.root))
  expect(findingsIn(events)).toEqual([])
  expect(factsIn(events)).toEqual(await machineFacts(name))
  expect(factsIn(await eventsOf(rootedHost(recorded.root)))).toEqual(factsIn(events))
})

test('claims are those of the inventory', async () => {
  await using recorded = await machine(name)
  const facts = await machineFacts(name)
  const claims = await readClaims(rootedHost(recorded.root))
  expect(claims).toEqual({
    smbiosUuid: '8c6f1d5e-3a1b-4b7e-9d52-0123456789ab',
    systemSerial: 'ANV0001',
    baseboardSerial: 'BRD0001',
    macs: ['52:54:00:aa:00:01', '52:54:00:aa:00:02'],
  })
  const system = parseFacts('system', facts['system'])
  const nic = parseFacts('nic', facts['nic'])
  expect(identityEvidence({ ...emptyInventory, system, nic })).toEqual(claims)
})

test('a class that finds nothing costs itself and leaves a finding', async () => {
  await using recorded = await machine(name)
  await rm(join(recorded.root, 'sys/devices/system/cpu'), { recursive: true })
  await writeFile(join(recorded.root, 'proc/cpuinfo'), 'no processor here\n')
  const events = await eventsOf(rootedHost(recorded.root))
  expect(Object.keys(factsIn(events))).not.toContain('cpu')
  expect(Object.keys(factsIn(events)).length).toBe(factClasses.length - 1)
  expect(findingsIn(events)).toMatchObject([{ code: 'probe.failed', subject: 'cpu' }])
})

test('a file whose content is malformed costs its own fact and leaves a finding', async () => {
  await using recorded = await machine(name)
  await writeFile(join(recorded.root, 'proc/meminfo'), 'no memory here\n')
  const events = await eventsOf(rootedHost(recorded.root))
  const { memory, ...others } = await machineFacts(name)
  const expected = { ...parseFacts('memory', memory), sizeBytes: null }
  expect(factsIn(events)).toEqual({ ...others, memory: expected })
  expect(findingsIn(events)).toMatchObject([{ code: 'memory.malformed', subject: 'meminfo' }])
})

test('a cut SMBIOS table gives the structures before the cut and one finding', async () => {
  await using recorded = await machine(name)
  await truncate(join(recorded.root, 'sys/firmware/dmi/tables/DMI'), 180)
  const events = await eventsOf(rootedHost(recorded.root))
  expect(findingsIn(events).map(({ code }) => code)).toEqual(['smbios.truncated'])
  expect(factsIn(events)).toMatchObject({ system: { product: 'Anvil' } })
})

test('a device that cannot be read costs itself, not its class', async () => {
  await using recorded = await machine(name)
  const disk = 'sys/devices/pci0000:00/0000:00:02.0/0000:01:00.0/nvme/nvme0/nvme0n1'
  await writeFile(join(recorded.root, disk, 'size'), 'many\n')
  const events = await eventsOf(rootedHost(recorded.root))
  expect(findingsIn(events)).toMatchObject([{ code: 'storage.malformed', subject: 'nvme0n1' }])
  const { disks } = parseFacts('storage', factsIn(events)['storage'])
  expect(disks.map((found) => found.name)).toEqual(['sda', 'sdb', 'sdc', 'vda'])
})

test('a probe that hangs holds nobody up and is given up at its deadline', async () => {
  await using recorded = await machine(name)
  const deadline = Promise.withResolvers<void>()
  const host = hanging(rootedHost(recorded.root), (path) => path.endsWith('/config'))
  const clock = { ...systemClock, sleep: () => deadline.promise }
  const events: DiscoveryEvent[] = []
  const others = factClasses.length - 2
  const done = discover(
    host,
    clock,
    (event) => {
      events.push(event)
      if (Object.keys(factsIn(events)).length === others) deadline.resolve()
    },
    never,
  )
  await done
  expect(Object.keys(factsIn(events))).toHaveLength(others)
  expect(
    findingsIn(events)
      .map(({ code, subject }) => `${code} ${subject}`)
      .toSorted(),
  ).toEqual(['probe.failed gpu', 'probe.failed pci'])
})

test('discovery ends without a word when it is called off', async () => {
  await using recorded = await machine(name)
  const off = new AbortController()
  const host = hanging(rootedHost(recorded.root), () => true)
  const done = eventsOf(host, off.signal)
  off.abort()
  const events = await done
  expect(events.filter(({ kind }) => kind === 'finding')).toEqual([])
})

test('facts that are not as their schema says become a finding before they leave', () => {
  const event = { kind: 'facts', class: 'numa', facts: { nodes: [] }, elapsedSeconds: 0 } as const
  expect(checkFacts(event)).toEqual(event)
  const bad = { ...event, facts: { nodes: [], ghost: 1 } }
  expect(checkFacts(bad)).toMatchObject({ kind: 'finding', finding: { code: 'numa.malformed' } })
})

test('the discovery of a boot is kept until somebody follows it', async () => {
  const late = Promise.withResolvers<void>()
  const fact = { kind: 'facts', class: 'numa', facts: { nodes: [] }, elapsedSeconds: 0 } as const
  const early = new EarlyDiscovery(async (emit) => {
    emit(fact)
    await late.promise
    emit({ ...fact, elapsedSeconds: 1 })
  })
  await early.firstFact
  const told: number[] = []
  const followed = early.follow((event) => {
    if (event.kind === 'facts') told.push(event.elapsedSeconds)
  })
  expect(told).toEqual([0])
  late.resolve()
  await followed
  expect(told).toEqual([0, 1])
})
