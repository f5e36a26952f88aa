import { describe, expect, test } from 'vitest'
import {
  createBridgeNetwork,
  hostLinkName,
  planBridgeNetwork,
  removeBridgeNetwork,
  tapNames,
} from '../../lab/network.ts'
import { planMachine } from '../../lab/plan.ts'
import { machineShapes } from '../../lab/shapes.ts'
import { systemClock } from '../../protocol/system-effects.ts'
import { scriptedCommands } from './fixtures.ts'

const plan = planMachine(1, machineShapes.compute)

describe('a bridge network', () => {
  test('has names the kernel has room for, and addresses of its own, for every number', () => {
    for (const number of [0, 255]) {
      const network = planBridgeNetwork(number)
      expect(hostLinkName(network).length).toBeLessThanOrEqual(15)
      expect(network.serverAddress).toBe(`10.77.${number}.1`)
      expect(network.dhcpRange.first.startsWith(`10.77.${number}.`)).toBe(true)
    }
    for (const tap of tapNames(planMachine(99_999, machineShapes.compute))) {
      expect(tap.length).toBeLessThanOrEqual(15)
    }
  })

  test('takes the first number whose namespace and addresses nobody has', async () => {
    const commands = scriptedCommands((argv) => {
      if (argv.includes('list')) return 'assay-lab-0 (id: 3)\nother\n'
      return argv.includes('-oneline') ? '7: eth1 inet 10.77.1.9/24 scope global' : ''
    })
    const claimed: number[] = []
    const network = await createBridgeNetwork(commands, [plan], async ({ number }) => {
      claimed.push(number)
    })
    expect(network.number).toBe(2)
    expect(claimed).toEqual([2])
    expect(commands.calls.join('\n')).toContain('tuntap add dev m1n1 mode tap')
  })

  test('takes the next number when another rack is quicker', async () => {
    const commands = scriptedCommands((argv) => {
      if (!argv.includes('assay-lab-0')) return ''
      throw new Error('Cannot create namespace file "/run/netns/assay-lab-0": File exists')
    })
    expect((await createBridgeNetwork(commands, [], async () => {})).number).toBe(1)
  })

  test('is removed again when it cannot be made whole', async () => {
    const commands = scriptedCommands((argv, { input }) => {
      if (input?.includes('tuntap') === true) throw new Error('no /dev/net/tun')
      return argv.includes('veth') ? '9: assay-lab0@if2: <UP>' : ''
    })
    await expect(createBridgeNetwork(commands, [plan], async () => {})).rejects.toThrow('tun')
    expect(commands.calls.slice(-2)).toEqual([
      'ip link delete assay-lab0',
      'ip netns delete assay-lab-0',
    ])
  })

  test('is left alone when it is gone already', async () => {
    const commands = scriptedCommands(() => 'other\n')
    await removeBridgeNetwork(commands, systemClock, planBridgeNetwork(0))
    expect(commands.calls).toEqual(['ip netns list'])
  })
})
