import { afterEach, describe, expect, it } from 'vitest'
import type { CommandState } from '../../../protocol/states.ts'
import { limits } from '../../../protocol/limits.ts'
import type { AgentDouble } from '../agent-double.ts'
import { makeMachine } from '../machine-facts.ts'
import { requestFor, tick, World } from '../world.ts'

let world: World
afterEach(async () => world.close())

const caller = { owner: 'tester', idempotencyKey: null }
const idOf = (agent: AgentDouble) => agent.welcome?.machineId ?? ''
const stateOf = async (agent: AgentDouble) => (await world.machineOf(agent))?.state
const allocate = async () => {
  const { allocation } = await world.service.allocations.create({ request: requestFor(1) }, caller)
  return allocation?.id ?? ''
}
const deploymentOf = async (agent: AgentDouble) =>
  (await world.service.machines.get(idOf(agent))).deployments[0]
const commandOf = async (agent: AgentDouble) => world.store.command(agent.command?.id ?? '')
const untilCommand = (agent: AgentDouble, state: CommandState) =>
  world.until(async () => (await commandOf(agent))?.state === state)
const tokenOf = (agent: AgentDouble) => {
  const metaData = agent.command?.plan.seed?.files['meta-data'] ?? ''
  return /assay-report-token: (\w+)/.exec(metaData)?.[1] ?? ''
}
const boot = (agent: AgentDouble) =>
  world.service.bootDecision({
    uuid: null,
    serial: null,
    macs: agent.machine.claims.macs,
    platform: 'efi',
    architecture: 'x64',
    address: null,
  })
const system = { hostname: 'h', kernel: '6.1', bootMode: 'uefi', uptimeSeconds: 9 } as const

describe('deployment', () => {
  it('runs from a switched-on machine to a reporting image', async () => {
    world = await World.start()
    const agent = await world.available(1)
    await allocate()
    await world.until(async () => (await stateOf(agent)) === 'active')
    expect(agent.started).toHaveLength(1)
    expect(agent.has('reboot')).toBe(true)
    const seed = agent.command?.plan.seed?.files
    expect(agent.command?.plan.disk.serial).toBe('SATA-0001')
    expect(seed?.['meta-data']).toContain(`instance-id: ${idOf(agent)}\n`)
    expect(seed?.['user-data']).toMatch(/^#cloud-config\n/)
    expect((await boot(agent)).kind).toBe('disk')
    await world.service.reportRunning({ ...system, machineId: idOf(agent), token: tokenOf(agent) })
    const detail = await world.service.machines.get(idOf(agent))
    expect(detail.deployments[0]?.state).toBe('running')
    expect(detail.running).toMatchObject(system)
  })

  it('believes a report once, and only with the token of the seed', async () => {
    world = await World.start()
    const agent = await world.available(1)
    agent.habits.finish = false
    await allocate()
    await untilCommand(agent, 'verified')
    const report = { ...system, machineId: idOf(agent), token: tokenOf(agent) }
    await expect(world.service.reportRunning(report)).rejects.toMatchObject({ code: 'conflict' })
    agent.finish()
    await world.until(async () => (await stateOf(agent)) === 'active')
    const forged = { ...report, token: 'f'.repeat(64) }
    await expect(world.service.reportRunning(forged)).rejects.toMatchObject({ code: 'forbidden' })
    await world.service.reportRunning(report)
    await expect(world.service.reportRunning(report)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('sends no commit before it is durable', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const commit = world.store.commit.bind(world.store)
    let durable: string | null = null
    world.store.commit = async (changes) => {
      const seqs = await commit(changes)
      for (const change of changes) {
        if (change.kind !== 'command' || change.record.commit === null) continue
        expect(agent.has('commit') && durable === null).toBe(false)
        durable = change.record.id
      }
      return seqs
    }
    await allocate()
    await world.until(() => agent.started.length === 1)
    expect(durable).toBe(agent.started[0])
  })

  it.each(['diskDigest', 'planDigest'] as const)(
    'sends no commit when the %s of the evidence is not the one of the plan',
    async (field) => {
      world = await World.start()
      const agent = await world.available(1)
      agent.habits.prepare = false
      await allocate()
      await world.until(() => agent.command !== null)
      const command = agent.command
      if (command === null) throw new Error('no command')
      const evidence = { ...agent.evidence(command.plan), [field]: 'b'.repeat(64) }
      agent.report({ kind: 'prepared', commandId: command.id, evidence })
      await untilCommand(agent, 'aborted')
      expect(agent.has('commit')).toBe(false)
    },
  )

  it('refuses a disk that belongs to another allocation until that is released', async () => {
    world = await World.start()
    const first = await world.available(1)
    const allocation = await allocate()
    await world.until(async () => (await stateOf(first)) === 'active')
    // The disk is moved into another chassis.
    const moved = { ...makeMachine(2), facts: first.machine.facts }
    const second = world.agent(moved).connect(world.service)
    await world.until(async () => (await stateOf(second)) === 'available')
    await allocate()
    await world.until(async () => (await stateOf(second)) === 'error', 100)
    expect(second.has('prepare')).toBe(true)
    expect(second.has('commit')).toBe(false)
    expect((await world.machineOf(second))?.reason).toContain(allocation)
    first.disconnect()
    await world.service.allocations.release(allocation, 'tester')
    await world.service.machines.recover(idOf(second), 'operator')
    await world.until(async () => (await stateOf(second)) === 'available')
    await allocate()
    await world.until(async () => (await stateOf(second)) === 'active')
  })

  it.each([
    ['prepared', 'aborted', 1],
    ['authorized', 'indeterminate', 1],
    ['started', 'indeterminate', 2],
    ['verified', 'indeterminate', 2],
  ] as const)(
    'starts over with a new command when the machine boots again while %s',
    async (stage, ended, starts) => {
      world = await World.start()
      const agent = await world.available(1)
      agent.habits.prepare = stage !== 'prepared'
      agent.habits.start = stage !== 'authorized'
      agent.habits.verify = stage === 'verified'
      agent.habits.finish = false
      await allocate()
      await world.until(async () => {
        const state = (await commandOf(agent))?.state
        return state === (stage === 'prepared' ? 'preparing' : stage)
      })
      const first = agent.command
      const rebooted = world.agent(agent.machine).connect(world.service)
      await world.until(async () => (await stateOf(rebooted)) === 'active')
      expect((await world.store.command(first?.id ?? ''))?.state).toBe(ended)
      expect(rebooted.command?.id).not.toBe(first?.id)
      expect(rebooted.command?.epoch).toBeGreaterThan(first?.epoch ?? 0)
      expect(agent.started.length + rebooted.started.length).toBe(starts)
    },
  )

  it.each(['preparing', 'prepared', 'started', 'verified'] as const)(
    'goes on with the same command when the link breaks while %s',
    async (stage) => {
      world = await World.start()
      const agent = await world.available(1)
      agent.habits.prepare = stage !== 'preparing'
      agent.habits.start = stage !== 'prepared'
      agent.habits.verify = stage === 'verified'
      agent.habits.finish = stage !== 'verified'
      await allocate()
      await world.until(() => agent.command?.phase === stage)
      agent.disconnect()
      await world.pass(3)
      const command = agent.command
      Object.assign(agent.habits, { prepare: true, start: true, verify: true, finish: true })
      agent.connect(world.service)
      await world.until(() => agent.welcome !== null)
      if (stage === 'preparing') agent.prepared()
      if (stage === 'started') agent.verified()
      await world.until(async () => (await stateOf(agent)) === 'active')
      expect(agent.started).toEqual([command?.id])
    },
  )

  it('ends as error after its attempts, and an operator recovers it', async () => {
    world = await World.start()
    const agent = await world.available(1)
    agent.habits.prepare = false
    const allocation = await allocate()
    const refused = new Set<string>()
    await world.until(async () => {
      const { command } = agent
      if (command !== null && !refused.has(command.id)) {
        refused.add(command.id)
        agent.report({
          kind: 'failed',
          commandId: command.id,
          step: 'prepare',
          touched: false,
          reason: 'disk is mounted',
        })
      }
      return (await stateOf(agent)) === 'error'
    }, 100)
    expect(refused.size).toBe(limits.deploymentAttempts)
    expect((await world.machineOf(agent))?.reason).toContain('disk is mounted')
    expect(await deploymentOf(agent)).toMatchObject({ state: 'failed', attempt: 3 })
    await world.service.machines.recover(idOf(agent), 'operator')
    await world.until(async () => (await stateOf(agent)) === 'available')
    expect((await world.service.allocations.get(allocation)).machines).toHaveLength(1)
  })

  it.each([
    ['authorized', 'indeterminate'],
    ['verified', 'indeterminate'],
  ] as const)(
    'never continues a command whose allocation is released while %s',
    async (stage, ended) => {
      world = await World.start()
      const agent = await world.available(1)
      agent.habits.start = stage !== 'authorized'
      agent.habits.finish = false
      const allocation = await allocate()
      await untilCommand(agent, stage)
      await world.service.allocations.release(allocation, 'tester')
      await tick()
      expect((await commandOf(agent))?.state).toBe(ended)
      expect(agent.last('abort')?.commandId).toBe(agent.command?.id)
      expect(await deploymentOf(agent)).toMatchObject({ state: ended })
      const continues = agent.received.filter(({ kind }) => kind === 'continue').length
      agent.report({
        kind: 'done',
        commandId: agent.command?.id ?? '',
        elapsedSeconds: 1,
        bytesWritten: 1,
      })
      await world.until(async () => (await stateOf(agent)) === 'available')
      expect(agent.received.filter(({ kind }) => kind === 'continue')).toHaveLength(continues)
      expect((await boot(agent)).kind).toBe('agent')
    },
  )

  it('does not hear of a command from a machine that it was not given to', async () => {
    world = await World.start()
    const agent = await world.available(1)
    agent.habits.start = false
    await allocate()
    await untilCommand(agent, 'authorized')
    const stranger = await world.available(2)
    const commandId = agent.command?.id ?? ''
    stranger.report({ kind: 'started', commandId })
    await world.until(() => stranger.unacknowledged === 0)
    expect((await commandOf(agent))?.state).toBe('authorized')
  })

  it('loses a command that falls silent, and tries again', async () => {
    world = await World.start()
    const agent = await world.available(1)
    agent.habits.verify = false
    await allocate()
    await untilCommand(agent, 'started')
    const first = agent.command?.id ?? ''
    agent.habits.verify = true
    const beat = { kind: 'heartbeat', uptimeSeconds: 1, residentSizeBytes: 1, telemetry: null }
    await world.until(async () => {
      agent.sendRaw(beat)
      return (await world.store.command(first))?.state === 'indeterminate'
    }, 1000)
    expect(agent.received.some((sent) => sent.kind === 'abort' && sent.commandId === first)).toBe(
      true,
    )
    await world.until(async () => {
      agent.sendRaw(beat)
      return (await stateOf(agent)) === 'active'
    }, 100)
  })

  it('says so when a written system does not report', async () => {
    world = await World.start()
    const agent = await world.available(1)
    await allocate()
    await world.until(async () => (await stateOf(agent)) === 'active')
    agent.disconnect()
    await world.pass(16 * 60)
    expect(await world.machineOf(agent)).toMatchObject({ state: 'active', flags: [] })
    expect((await world.machineOf(agent))?.reason).toContain('has not reported')
    await world.service.reportRunning({ ...system, machineId: idOf(agent), token: tokenOf(agent) })
    expect((await world.machineOf(agent))?.reason).toBeNull()
  })
})
