import { describe, expect, test } from 'vitest'
import { planMachine } from '../../lab/plan.ts'
import { machineShapes, rackShapes } from '../../lab/shapes.ts'

describe('a machine plan', () => {
  test('is the same each time it is made', () => {
    expect(planMachine(3, machineShapes.storage)).toEqual(planMachine(3, machineShapes.storage))
  })

  test('gives no two machines or parts an identity in common', () => {
    const plans = Array.from({ length: 300 }, (_, index) =>
      planMachine(index + 1, machineShapes.storage),
    )
    const identities = plans.flatMap((plan) => [
      plan.systemUuid,
      plan.systemSerial,
      ...plan.disks.flatMap(({ serial, wwn }) => [serial, wwn]),
      ...plan.nics.map(({ mac }) => mac),
    ])
    expect(new Set(identities).size).toBe(identities.length)
  })

  test('has identities in the form that each part has room for', () => {
    for (const shape of Object.values(machineShapes)) {
      const plan = planMachine(42, shape)
      expect(plan.systemUuid).toMatch(uuid)
      for (const { shape, serial, wwn } of plan.disks) {
        expect(serial.length).toBeLessThanOrEqual(20)
        expect(wwn).toMatch(shape.bus === 'nvme' ? uuid : /^5[0-9a-f]{15}$/)
      }
      for (const { mac } of plan.nics) expect(mac).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/)
    }
  })

  test('netboots from a virtio NIC, the only kind OVMF has a driver for', () => {
    for (const shape of Object.values(machineShapes)) expect(shape.nics[0]).toBe('virtio')
  })
})

test('a rack of three has two machines of one shape and one that is none of it', () => {
  expect(rackShapes(3).map(({ name }) => name)).toEqual(['compute', 'compute', 'small'])
})

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
