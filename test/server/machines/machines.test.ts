import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { AppError } from '../../../protocol/errors.ts'
import { machineStates } from '../../../protocol/states.ts'
import type { Change } from '../../../server/store/store.ts'
import { allocationRecord, deploymentRecord, machineRecord } from '../store/records.ts'
import { requestFor, World } from '../world.ts'

let world: World
afterEach(async () => world.close())

const caller = { owner: 'tester', idempotencyKey: null }
const operator = 'operator'
const bootRequest = {
  uuid: null,
  serial: null,
  macs: ['52:54:00:00:00:01'],
  platform: 'pcbios',
  architecture: 'x64',
  address: '10.0.0.9',
} as const

describe('machines', () => {
  it('are named, labelled and put out of service by operators', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const id = agent.welcome?.machineId ?? ''
    const { machines } = world.service
    expect(await machines.setName(id, 'anvil', operator)).toMatchObject({ name: 'anvil' })
    const labelled = await machines.setLabels(id, { rack: 'r1' }, operator)
    expect(labelled.attributes['label.rack']).toBe('r1')
    expect(labelled.attributes['cpu.cores']).toBe(4)
    const out = await machines.setMaintenance(id, 'fan', operator)
    expect(out).toMatchObject({ flags: ['maintenance'], reason: 'fan', state: 'available' })
    const back = await machines.setMaintenance(id, null, operator)
    expect(back).toMatchObject({ flags: [], reason: null })
  })

  it('refuse what does not fit: an unknown id, an absent agent, a wrong state', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const id = agent.welcome?.machineId ?? ''
    const { machines } = world.service
    await expect(machines.get('nobody')).rejects.toMatchObject({ code: 'not-found' })
    await expect(machines.approve('nobody', operator)).rejects.toMatchObject({ code: 'not-found' })
    await expect(machines.recover(id, operator)).rejects.toMatchObject({ code: 'conflict' })
    await machines.reboot(id, operator)
    await world.until(() => agent.has('reboot'))
    agent.disconnect()
    await world.until(async () => (await world.machineOf(agent))?.connected === false)
    await expect(machines.reboot(id, operator)).rejects.toMatchObject({ code: 'conflict' })
    await expect(machines.inspect(id, operator)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('boot the agent while unknown, deploying or cleaning, and their disk once it is written', async () => {
    world = await World.start()
    const decide = async () => (await world.service.bootDecision(bootRequest)).kind
    expect(await decide()).toBe('agent')
    const agent = await world.available(1)
    expect(await decide()).toBe('agent')
    agent.habits.finish = false
    const { allocation } = await world.service.allocations.create(
      { request: requestFor(1) },
      caller,
    )
    await world.until(() => agent.command?.phase === 'verified')
    expect(await decide()).toBe('agent')
    agent.finish()
    await world.until(async () => (await world.machineOf(agent))?.state === 'active')
    expect(await decide()).toBe('disk')
    await world.service.machines.setMaintenance(agent.welcome?.machineId ?? '', 'x', operator)
    expect(await decide()).toBe('disk')
    await world.service.allocations.release(allocation?.id ?? '', 'tester')
    expect(await decide()).toBe('agent')
  })

  it('do not boot a disk whose write is not proven, whatever else the store says', async () => {
    world = await World.start()
    const path = [
      'enrolled',
      'inspecting',
      'available',
      'allocated',
      'deploying',
      'active',
    ] as const
    const steps = path.map((state, index): Change => {
      const record = machineRecord('m1', { generation: index + 1, state, deploymentId: 'd1' })
      const evidence = [{ kind: 'mac', value: '52:54:00:00:00:01' }] as const
      return { kind: 'machine', record, before: index === 0 ? null : index, evidence }
    })
    const deployment = { ...deploymentRecord('d1', 'm1', 'a1'), state: 'indeterminate' } as const
    await world.store.commit([
      ...steps,
      { kind: 'allocation', record: allocationRecord('a1', ['m1']), before: null },
      { kind: 'deployment', record: deployment, before: null },
    ])
    expect((await world.service.bootDecision(bootRequest)).kind).toBe('agent')
    const done = { ...deployment, state: 'done', generation: 2 } as const
    await world.store.commit([{ kind: 'deployment', record: done, before: 1 }])
    expect((await world.service.bootDecision(bootRequest)).kind).toBe('disk')
  })

  it('stay in the hands of their tenant when they boot under another name', async () => {
    world = await World.start()
    const agent = await world.available(1)
    await world.service.allocations.create({ request: requestFor(1) }, caller)
    await world.until(async () => (await world.machineOf(agent))?.state === 'active')
    const renamed = { ...bootRequest, macs: [], serial: 'SN-0001' }
    expect((await world.service.bootDecision(renamed)).kind).toBe('disk')
    const stranger = { ...bootRequest, macs: ['52:54:00:00:99:99'], serial: null }
    expect((await world.service.bootDecision(stranger)).kind).toBe('agent')
  })

  it('end as error when an inspection takes too long, and are recovered by an operator', async () => {
    world = await World.start()
    const agent = world.agent(1)
    agent.habits.discover = false
    agent.connect(world.service)
    const beat = { kind: 'heartbeat', uptimeSeconds: 1, residentSizeBytes: 1, telemetry: null }
    await world.until(async () => {
      agent.sendRaw(beat)
      return (await world.machineOf(agent))?.state === 'error'
    }, 5000)
    expect((await world.machineOf(agent))?.reason).toContain("was 'inspecting'")
    agent.habits.discover = true
    await world.service.machines.recover(agent.welcome?.machineId ?? '', operator)
    await world.until(async () => (await world.machineOf(agent))?.state === 'available')
  })

  it('keep to their tables whatever is asked in whatever order', async () => {
    const action = fc.constantFrom(
      'allocate',
      'hold',
      'confirm',
      'release',
      'disconnect',
      'connect',
      'reboot',
      'recover',
      'inspect',
      'approve',
      'maintain',
      'serve',
      'wait',
      'wait long',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), async (actions) => {
        world = await World.start()
        const { machines, allocations } = world.service
        let agent = await world.available(1)
        const id = agent.welcome?.machineId ?? ''
        const made: string[] = []
        const take = async (confirm: boolean) => {
          const answer = await allocations.create({ request: requestFor(1), confirm }, caller)
          if (answer.allocation !== null) made.push(answer.allocation.id)
        }
        const does: Record<string, () => Promise<unknown>> = {
          allocate: () => take(true),
          hold: () => take(false),
          confirm: () => allocations.confirm(made.at(-1) ?? '', null),
          release: () => allocations.release(made.at(-1) ?? '', 'tester'),
          disconnect: async () => agent.disconnect(),
          connect: async () => agent.connect(world.service),
          reboot: async () => {
            agent = world.agent(1).connect(world.service)
          },
          recover: () => machines.recover(id, operator),
          inspect: () => machines.inspect(id, operator),
          approve: () => machines.approve(id, operator),
          maintain: () => machines.setMaintenance(id, 'x', operator),
          serve: () => machines.setMaintenance(id, null, operator),
          wait: () => world.pass(1),
          'wait long': () => world.pass(90),
        }
        let before = await machines.get(id)
        for (const name of actions) {
          try {
            await does[name]?.()
          } catch (error) {
            if (!(error instanceof AppError)) throw error
          }
          await world.pass(0.1)
          const after = await machines.get(id)
          expect(machineStates).toContain(after.state)
          expect(after.fencingToken).toBeGreaterThanOrEqual(before.fencingToken)
          before = after
        }
        const live = (await allocations.list()).filter(({ state }) =>
          ['reserved', 'active', 'releasing'].includes(state),
        )
        expect(live.length).toBeLessThanOrEqual(1)
        expect(before.allocationId).toBe(live[0]?.id ?? null)
        await world.close()
      }),
      { numRuns: 60 },
    )
    world = await World.start()
  })
})
