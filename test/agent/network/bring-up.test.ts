import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rootedHost } from '../../../agent/host.ts'
import { bringUpNetwork } from '../../../agent/network/bring-up.ts'
import { bootMacAddress, readWiredInterfaces } from '../../../agent/network/interfaces.ts'
import type { Processes } from '../../../agent/network/processes.ts'
import type { Clock } from '../../../protocol/effects.ts'

/** A machine made of files, whose cards and DHCP servers a test plays. */
class Machine {
  readonly root = mkdtempSync(join(tmpdir(), 'assay-network-'))
  readonly log: string[] = []
  readonly started: string[] = []
  readonly stopped: string[] = []
  /** What the DHCP client of an interface says, as soon as it runs. */
  readonly answers = new Map<string, readonly string[]>()
  readonly stop = new AbortController()
  timeMs = 0
  /** Called before each sleep: the test's chance to change the machine. */
  onSleep: () => void = () => {}

  constructor() {
    mkdirSync(join(this.root, 'proc/net'), { recursive: true })
    onTestFinished(() => {
      this.stop.abort(new Error('test is over'))
      rmSync(this.root, { recursive: true })
    })
  }

  plug(name: string, mac: string, carrier: boolean, parts = ['device', 'ethernet']): void {
    const folder = join(this.root, 'sys/class/net', name)
    mkdirSync(folder, { recursive: true })
    if (parts.includes('device')) {
      mkdirSync(join(folder, 'device'), { recursive: true })
      writeFileSync(join(folder, 'device/vendor'), '0x1af4\n')
    }
    writeFileSync(join(folder, 'type'), parts.includes('ethernet') ? '1\n' : '772\n')
    writeFileSync(join(folder, 'address'), `${mac}\n`)
    writeFileSync(join(folder, 'carrier'), carrier ? '1\n' : '0\n')
  }

  readonly clock: Clock = {
    now: () => this.timeMs,
    monotonic: () => this.timeMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      this.timeMs += ms
      this.onSleep()
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
      signal?.throwIfAborted()
    },
    every: () => ({ [Symbol.dispose]: () => {} }),
    after: () => ({ [Symbol.dispose]: () => {} }),
  }

  readonly processes: Processes = {
    start: (command, environment, onLine) => {
      this.started.push(`${command.slice(1).join(' ')} ${environment['ASSAY_METRIC'] ?? ''}`.trim())
      if (command[1] !== 'udhcpc') return { ended: Promise.resolve({ status: 0 }), stop: () => {} }
      const name = command[command.indexOf('-i') + 1] ?? ''
      const { promise, resolve } = Promise.withResolvers<{ status: null }>()
      for (const line of this.answers.get(name) ?? []) onLine(line)
      return {
        ended: promise,
        stop: () => {
          this.stopped.push(name)
          resolve({ status: null })
        },
      }
    },
  }

  bringUp(bootMac: string | null = null) {
    const deps = {
      host: rootedHost(this.root),
      processes: this.processes,
      clock: this.clock,
      log: (text: string) => this.log.push(text),
    }
    return bringUpNetwork(deps, { bootMacAddress: bootMac, signal: this.stop.signal })
  }
}

const mac = (last: number) => `52:54:00:00:00:0${last}`
const bound = (address: string) =>
  `assay-dhcp bound address=${address} router= dns= server=10.0.0.1`

describe('bringUpNetwork', () => {
  test('asks on every interface with a carrier and prefers the one that booted', async () => {
    const machine = new Machine()
    machine.plug('eth0', mac(0), true)
    machine.plug('eth1', mac(1), true)
    machine.plug('eth2', mac(2), false)
    machine.answers.set('eth1', [bound('10.0.0.7/24')])
    const state = await machine.bringUp(mac(1))
    const clients = machine.started.filter((command) => command.startsWith('udhcpc'))
    expect(clients.map((command) => command.match(/-i (\S+).* (\d+)$/)?.slice(1))).toEqual([
      ['eth0', '200'],
      ['eth1', '100'],
    ])
    expect(machine.started).toContain('ip link set dev eth2 up')
    expect(machine.started).toContain('ip link set dev lo up')
    expect(
      state.interfaces.map(({ name, lease, problem }) => [name, lease?.address, problem]),
    ).toEqual([
      ['eth0', undefined, 'has a carrier, waits for DHCP'],
      ['eth1', '10.0.0.7/24', null],
      ['eth2', undefined, 'has no carrier'],
    ])
    expect(machine.log).toContain('network: eth1 has 10.0.0.7/24 from 10.0.0.1')
  })

  test('keeps trying and says why when no DHCP server answers', async () => {
    const machine = new Machine()
    machine.plug('eth0', mac(0), true)
    machine.answers.set('eth0', ['assay-dhcp deconfig', 'assay-dhcp leasefail'])
    machine.onSleep = () => {
      if (machine.timeMs > 100_000) machine.stop.abort(new Error('enough'))
    }
    await expect(machine.bringUp()).rejects.toThrow('enough')
    expect(machine.log).toContain(
      'network: eth0: no DHCP answer to 4 requests, trying again in 3 s',
    )
    const complaints = machine.log.filter((line) => line.includes('no address after'))
    expect(complaints.map((line) => /after (\d+) s/.exec(line)?.[1])).toEqual(['10', '30', '90'])
    expect(complaints[0]).toContain(`eth0 (${mac(0)}) has a carrier, no DHCP server answers`)
    expect(machine.stopped).toEqual(['eth0'])
  })

  test('names the drivers when there is no interface at all', async () => {
    const machine = new Machine()
    machine.onSleep = () => {
      if (machine.timeMs > 11_000) machine.stop.abort(new Error('enough'))
    }
    await expect(machine.bringUp()).rejects.toThrow('enough')
    expect(machine.log.join()).toContain('no wired interface (is its driver in the initramfs?)')
  })

  test('finds a card and a carrier that come later', async () => {
    const machine = new Machine()
    machine.answers.set('eth0', [bound('10.0.0.9/24')])
    machine.onSleep = () => {
      if (machine.timeMs >= 1000) machine.plug('eth0', mac(0), machine.timeMs >= 3000)
    }
    const state = await machine.bringUp()
    expect(machine.timeMs).toBeGreaterThanOrEqual(3000)
    expect(state.interfaces[0]?.lease?.address).toBe('10.0.0.9/24')
  })

  test('is content with an IPv6 address from a router', async () => {
    const machine = new Machine()
    machine.plug('eth0', mac(0), true)
    const line = '20010db8000000000000000000000001 02 40 00 80     eth0\n'
    writeFileSync(join(machine.root, 'proc/net/if_inet6'), line)
    const state = await machine.bringUp()
    expect(state.interfaces[0]?.ipv6.length).toBe(1)
    expect(state.interfaces[0]?.lease).toBeNull()
  })

  test('ends the client when the cable is pulled and asks again when it is back', async () => {
    const machine = new Machine()
    machine.plug('eth0', mac(0), true)
    machine.answers.set('eth0', [bound('10.0.0.9/24')])
    const again = Promise.withResolvers<void>()
    machine.onSleep = () => {
      machine.plug('eth0', mac(0), machine.timeMs < 4000 || machine.timeMs > 8000)
      const clients = machine.started.filter((command) => command.startsWith('udhcpc'))
      if (clients.length === 2) again.resolve()
    }
    await machine.bringUp()
    await again.promise
    expect(machine.stopped).toEqual(['eth0'])
  })
})

test('readWiredInterfaces leaves out what is no wired card', async () => {
  const machine = new Machine()
  machine.plug('eth0', mac(0), false)
  machine.plug('bond0', mac(1), true, ['ethernet'])
  machine.plug('lo', '00:00:00:00:00:00', true, [])
  machine.plug('ib0', '00', true, ['device'])
  expect(await readWiredInterfaces(rootedHost(machine.root))).toEqual([
    { name: 'eth0', macAddress: mac(0), hasCarrier: false },
  ])
})

test.each([
  ['vmlinuz BOOTIF=01-52-54-00-AB-cd-01 quiet', '52:54:00:ab:cd:01'],
  ['BOOTIF=01-52-54-00-ab-cd-01', '52:54:00:ab:cd:01'],
  ['XBOOTIF=01-52-54-00-ab-cd-01', null],
  ['BOOTIF=01-52-54-00-ab-cd', null],
  ['', null],
])('bootMacAddress of %j is %j', (commandLine, expected) => {
  expect(bootMacAddress(commandLine)).toBe(expected)
})
