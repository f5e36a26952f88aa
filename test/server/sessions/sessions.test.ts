import { afterEach, describe, expect, it } from 'vitest'
import { limits } from '../../../protocol/limits.ts'
import { closeCodes } from '../../../server/sessions/live-agents.ts'
import { makeMachine } from '../machine-facts.ts'
import { tick, World } from '../world.ts'

let world: World
afterEach(async () => world.close())

const idOf = (agent: { readonly welcome: { readonly machineId: string } | null }) =>
  agent.welcome?.machineId ?? ''

describe('session', () => {
  it('discovers, measures and offers an approved machine', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const machine = await world.machineOf(agent)
    expect(machine?.shape).not.toBeNull()
    expect(machine?.attributes['cpu.cores']).toBe(4)
    const detail = await world.service.machines.get(idOf(agent))
    expect(detail.inspections[0]?.endedAtMs).not.toBeNull()
    expect(detail.phases.map(({ phase }) => phase)).toEqual([
      'connected',
      'discovering',
      'discovered',
      'benchmarking',
      'idle',
    ])
    expect(agent.unacknowledged).toBe(0)
  })

  it('keeps the facts of a pending machine and gives it no work until it is approved', async () => {
    world = await World.start({ policy: { kind: 'manual' } })
    const agent = world.agent(1).connect(world.service)
    await world.until(async () => (await world.machineOf(agent))?.phase === 'discovered')
    await world.pass(5)
    expect(agent.welcome?.approved).toBe(false)
    expect(agent.has('benchmark')).toBe(false)
    expect(await world.machineOf(agent)).toMatchObject({ flags: ['pending'], state: 'inspecting' })
    await world.service.machines.approve(idOf(agent), 'operator')
    await tick()
    expect(agent.closed?.code).toBe(closeCodes.standing)
    agent.connect(world.service)
    await world.until(async () => (await world.machineOf(agent))?.state === 'available')
    expect(agent.welcome?.approved).toBe(true)
  })

  it('continues after a broken link: nothing lost, nothing twice', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const before = agent.welcome
    const log = (text: string) => ({ kind: 'log', level: 'info', text, atMs: 1 }) as const
    agent.report(log('one'))
    agent.disconnect()
    await tick()
    expect(await world.machineOf(agent)).toMatchObject({ connected: false })
    agent.report(log('two'))
    agent.connect(world.service)
    await world.until(() => agent.welcome !== null && agent.unacknowledged === 0)
    expect(agent.welcome?.session).toBe(before?.session)
    const { log: lines } = await world.service.machines.get(idOf(agent))
    expect(lines.map(({ text }) => text)).toEqual(['one', 'two'])
  })

  it('ignores a repeated report and ends the connection at a gap', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const next = agent.ackedSeq + 1
    const line = { kind: 'log', level: 'info', text: 'again', atMs: 1 }
    agent.sendRaw({ ...line, seq: next })
    agent.sendRaw({ ...line, seq: next })
    await world.until(() => agent.ackedSeq === next)
    const { log } = await world.service.machines.get(idOf(agent))
    expect(log).toHaveLength(1)
    agent.sendRaw({ ...line, seq: next + 2 })
    await tick()
    expect(agent.closed?.code).toBe(closeCodes.gap)
  })

  it('acknowledges what is durable, and only that', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const commit = world.store.commit.bind(world.store)
    const held = Promise.withResolvers<void>()
    world.store.commit = async (changes) => {
      await held.promise
      return commit(changes)
    }
    agent.report({ kind: 'phase', phase: 'network', atSeconds: 1 })
    await world.pass(1)
    expect(agent.unacknowledged).toBe(1)
    held.resolve()
    await world.until(() => agent.unacknowledged === 0)
  })

  it('turns malformed facts into a finding and goes on', async () => {
    world = await World.start()
    const agent = await world.available(1)
    agent.report({ kind: 'facts', class: 'numa', facts: { nodes: 'many' }, elapsedSeconds: 1 })
    await world.until(() => agent.unacknowledged === 0)
    const detail = await world.service.machines.get(idOf(agent))
    expect(detail.findings).toMatchObject([{ code: 'facts.malformed', subject: 'numa' }])
    expect(detail.inventory['numa']).toBeNull()
    expect(agent.closed).toBeNull()
  })

  it('keeps a bounded number of findings', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const finding = { code: 'made.up', severity: 'info', subject: 's', message: 'm' } as const
    for (let index = 0; index < limits.findingsPerInspection + 50; index++) {
      agent.report({ kind: 'finding', finding })
    }
    await world.until(() => agent.unacknowledged === 0)
    const { findings } = await world.service.machines.get(idOf(agent))
    expect(findings).toHaveLength(limits.findingsPerInspection + 1)
    expect(findings.at(-1)?.code).toBe('findings.dropped')
  })

  it('ignores kinds it does not know, and acknowledges them', async () => {
    world = await World.start()
    const agent = await world.available(1)
    agent.sendRaw({ kind: 'novelty', seq: agent.ackedSeq + 1, more: true })
    agent.sendRaw({ kind: 'novelty without a seq' })
    const next = agent.ackedSeq + 1
    await world.until(() => agent.ackedSeq === next)
    expect(agent.closed).toBeNull()
  })

  it('ends a connection that sends more than its share, and no other', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const bystander = await world.available(2)
    const beat = { kind: 'heartbeat', uptimeSeconds: 1, residentSizeBytes: 1, telemetry: null }
    for (let index = 0; index < limits.messagesPerSecond * 10 + 50; index++) agent.sendRaw(beat)
    await tick()
    expect(agent.closed?.code).toBe(closeCodes.tooMuch)
    expect(bystander.closed).toBeNull()
  })

  it('lets the newest proven boot win, for good', async () => {
    world = await World.start()
    const old = await world.available(1)
    const fresh = world.agent(1).connect(world.service)
    await world.until(async () => (await world.machineOf(fresh))?.state === 'available')
    expect(idOf(fresh)).toBe(idOf(old))
    expect(fresh.welcome?.session).not.toBe(old.welcome?.session)
    expect(old.closed?.code).toBe(closeCodes.superseded)
    const refused = old.connect(world.service)
    await tick()
    expect(refused.closed?.code).toBe(closeCodes.superseded)
    expect(fresh.closed).toBeNull()
    expect(await world.machineOf(fresh)).toMatchObject({ connected: true })
  })

  it('flags both machines when one appears with the serial of another', async () => {
    world = await World.start()
    const first = await world.available(1)
    const made = makeMachine(2)
    const claims = { ...made.claims, systemSerial: first.machine.claims.systemSerial }
    const second = world.agent({ ...made, claims }).connect(world.service)
    await world.until(async () => (await world.machineOf(second))?.phase === 'discovered')
    expect(idOf(second)).not.toBe(idOf(first))
    expect((await world.machineOf(second))?.flags).toEqual(['conflict', 'pending'])
    expect((await world.machineOf(first))?.flags).toEqual(['conflict'])
    expect(second.welcome?.approved).toBe(false)
    await world.service.machines.approve(idOf(first), 'operator')
    expect((await world.machineOf(first))?.flags).toEqual([])
  })

  it('misses a machine whose agent stays away, and has it back', async () => {
    world = await World.start()
    const agent = await world.available(1)
    agent.disconnect()
    await world.pass(60)
    expect((await world.machineOf(agent))?.flags).toEqual([])
    await world.pass(70)
    expect((await world.machineOf(agent))?.flags).toEqual(['missing'])
    agent.connect(world.service)
    await tick()
    expect((await world.machineOf(agent))?.flags).toEqual([])
  })

  it('ends a connection whose agent falls silent', async () => {
    world = await World.start()
    const agent = await world.available(1)
    await world.pass(3 * limits.heartbeatSeconds + 2)
    expect(agent.closed?.code).toBe(closeCodes.silent)
  })

  it('inspects a machine again when it boots again, and when an operator asks', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const rebooted = world.agent(1).connect(world.service)
    await world.until(async () => (await world.machineOf(rebooted))?.state === 'available')
    await world.service.machines.inspect(idOf(agent), 'operator')
    await world.until(async () => (await world.machineOf(rebooted))?.state === 'available')
    const { inspections } = await world.service.machines.get(idOf(agent))
    expect(inspections).toHaveLength(3)
    expect(inspections.every(({ endedAtMs }) => endedAtMs !== null)).toBe(true)
  })

  it('asks again when an agent says that it discovered and told nothing', async () => {
    world = await World.start()
    const agent = world.agent(1)
    agent.habits.discover = false
    agent.connect(world.service)
    await world.until(() => agent.has('discover'))
    agent.habits.discover = true
    agent.report({ kind: 'phase', phase: 'discovered', atSeconds: 1 })
    await world.until(async () => (await world.machineOf(agent))?.state === 'available')
  })

  it('notes the script that started a boot, once', async () => {
    world = await World.start()
    const request = { uuid: null, serial: null, macs: ['52:54:00:00:00:01'], address: '10.0.0.9' }
    const decision = await world.service.bootDecision({
      ...request,
      platform: 'efi',
      architecture: 'x64',
    })
    if (decision.kind !== 'agent') throw new Error('an unknown machine boots the agent')
    const agent = world.agent(1)
    agent.bootId = decision.bootId
    agent.connect(world.service)
    await world.until(async () => (await world.machineOf(agent))?.state === 'available')
    const again = world.agent(1)
    again.bootId = decision.bootId
    again.connect(world.service)
    await world.until(async () => (await world.machineOf(again))?.state === 'available')
    const { phases } = await world.service.machines.get(idOf(agent))
    expect(phases.filter(({ phase }) => phase === 'script')).toHaveLength(1)
  })
})
