import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeMachine } from '../machine-facts.ts'
import { openApiRig } from './api-rig.ts'
import type { ApiRig } from './api-rig.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
})
afterEach(() => rig.close())

/** A machine that booted once whole, and once more after `changed` was done to it. */
async function bootedTwice(withoutDisk: string): Promise<string> {
  const { world } = rig
  const first = await world.available(1)
  const id = first.welcome?.machineId ?? ''
  first.disconnect()
  const whole = makeMachine(1)
  const facts = whole.facts.map((one) =>
    one.class === 'storage'
      ? {
          ...one,
          facts: {
            ...one.facts,
            disks: one.facts.disks.filter(({ serial }) => serial !== withoutDisk),
          },
        }
      : one,
  )
  const second = world.agent({ ...whole, facts }).connect(world.service)
  await world.until(async () => second.welcome !== null)
  await world.until(async () => (await world.machineOf(second))?.state === 'available')
  expect(second.welcome?.machineId).toBe(id)
  return id
}

describe('inspections', () => {
  test('are kept, and the last two compared by what is in the machine', async () => {
    const id = await bootedTwice('SATA-0001')
    const { machines } = rig.clients.viewer
    const [newest, oldest, ...others] = await machines.inspections(id)
    expect(others).toEqual([])
    const diff = await machines.diff(id)
    expect([diff.from.id, diff.to.id]).toEqual([oldest?.id, newest?.id])
    expect(diff.changes).toMatchObject([
      { class: 'storage', kind: 'removed', importance: 'hardware', after: null },
    ])
    expect(diff.changes[0]?.text).toMatch(/^disk sda gone: .*SATA-0001/)
    expect(diff.notCompared).toContain('gpu')
  })

  test('are compared the other way round when asked so', async () => {
    const id = await bootedTwice('SATA-0001')
    const { machines } = rig.clients.viewer
    const [newest, oldest] = await machines.inspections(id)
    const { changes } = await machines.diff(id, { from: newest?.id ?? '', to: oldest?.id ?? '' })
    expect(changes.map(({ kind }) => kind)).toEqual(['added'])
  })

  test('give back what an earlier one found', async () => {
    const id = await bootedTwice('SATA-0001')
    const { machines } = rig.clients.viewer
    const [, oldest] = await machines.inspections(id)
    const { inventory } = await machines.inspection(id, oldest?.id ?? '')
    expect(JSON.stringify(inventory['storage'])).toContain('SATA-0001')
  })

  test('that are not there are said to be missing', async () => {
    const { world } = rig
    const id = (await world.available(1)).welcome?.machineId ?? ''
    const { machines } = rig.clients.viewer
    await expect(machines.diff(id)).rejects.toMatchObject({ code: 'conflict' })
    await expect(machines.diff(id, { from: 'x' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(machines.inspection(id, 'x')).rejects.toMatchObject({ code: 'not-found' })
    await expect(machines.inspections('x')).rejects.toMatchObject({ code: 'not-found' })
  })
})
