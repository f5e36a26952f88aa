import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rootedHost } from '../../../agent/host.ts'
import type { AnnouncementPort } from '../../../agent/neighbors/packet-socket.ts'
import { maxNeighborsPerPort } from '../../../agent/neighbors/table.ts'
import { type NeighborEvent, watchNeighbors } from '../../../agent/neighbors/watch.ts'
import { parseFacts } from '../../../protocol/facts/inventory.ts'
import { encodeCbor } from '../../../protocol/cbor.ts'
import { mutate } from '../../../bench/fuzz/mutate.ts'
import { SeededRandom } from '../../../bench/fuzz/random.ts'
import { ManualClock } from '../../server/manual-clock.ts'
import { cdpFrame, lldpFrame } from './frames.ts'

/** A machine with interfaces in a folder, a clock that the test moves, and cables it speaks on. */
class Cables implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly events: NeighborEvent[] = []
  readonly closed: number[] = []
  readonly waiting = new Map<number, Uint8Array[]>()
  /** Interfaces by number that cannot be opened. */
  readonly broken = new Set<number>()
  readonly #root: string
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(root: string) {
    this.#root = root
  }

  async plug(name: string, index: number, changes: Readonly<Record<string, string>> = {}) {
    const folder = join(this.#root, 'sys/class/net', name)
    await mkdir(folder, { recursive: true })
    const files = {
      type: '1',
      flags: '0x1003',
      ifindex: String(index),
      address: `02:00:00:00:00:${index.toString(16).padStart(2, '0')}`,
      carrier: '1',
      ...changes,
    }
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(folder, file), `${text}\n`)
    }
  }

  async unplug(name: string) {
    await rm(join(this.#root, 'sys/class/net', name), { recursive: true })
  }

  listen() {
    const world = {
      host: rootedHost(this.#root),
      clock: this.clock,
      listenOn: (index: number) => this.#open(index),
    }
    this.#running = watchNeighbors(world, (event) => this.events.push(event), this.#stop.signal)
  }

  speak(index: number, ...frames: readonly Uint8Array[]) {
    this.waiting.get(index)?.push(...frames)
  }

  /** Time passes, a quarter of a second at a time. */
  async pass(seconds: number) {
    for (let step = 0; step < seconds * 4; step++) {
      // Interfaces are looked for in files, which takes turns of the loop and no time.
      for (let turn = 0; this.clock.timerCount === 0 && turn < 100_000; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      this.clock.advance(250)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  get latest() {
    const told = this.events.flatMap((event) => (event.kind === 'facts' ? [event.facts] : []))
    return told.at(-1) ?? null
  }

  get findings() {
    return this.events.flatMap((event) => (event.kind === 'finding' ? [event.finding] : []))
  }

  names(port: string) {
    const found = this.latest?.ports.find((one) => one.interface === port)
    return found?.neighbors.map(({ systemName, chassisId }) => systemName ?? chassisId) ?? null
  }

  #open(index: number): AnnouncementPort {
    if (this.broken.has(index)) throw new Error('Cannot bind the socket: errno 1')
    this.waiting.set(index, [])
    return {
      next: () => this.waiting.get(index)?.shift() ?? null,
      [Symbol.dispose]: () => {
        this.waiting.delete(index)
        this.closed.push(index)
      },
    }
  }

  async [Symbol.asyncDispose]() {
    this.#stop.abort()
    await this.#running
  }
}

let root = ''
let cables: Cables
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-neighbors-'))
  cables = new Cables(root)
})
afterEach(async () => {
  await cables[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})

test('watch listens on all ports at once and tells neighbours as they speak', async () => {
  await cables.plug('eth0', 2)
  await cables.plug('eth1', 3)
  cables.listen()
  await cables.pass(1)
  expect(cables.latest).toEqual({
    settled: false,
    ports: [
      { interface: 'eth0', mac: '02:00:00:00:00:02', neighbors: [] },
      { interface: 'eth1', mac: '02:00:00:00:00:03', neighbors: [] },
    ],
  })
  cables.speak(3, lldpFrame())
  await cables.pass(3)
  expect(cables.names('eth1')).toEqual(['leaf-1'])
  cables.speak(2, cdpFrame('core'))
  await cables.pass(3)
  expect(cables.names('eth0')).toEqual(['core'])
  expect(cables.latest?.settled).toBe(true)
  expect(cables.latest?.ports[1]?.neighbors).toMatchObject([
    { protocol: 'lldp', chassisId: 'switch-1', portId: 'Ethernet1/1', timeToLiveSeconds: 120 },
  ])
})

test('watch says nothing while neighbours only repeat themselves', async () => {
  await cables.plug('eth0', 2)
  cables.listen()
  await cables.pass(1)
  cables.speak(2, lldpFrame())
  await cables.pass(3)
  const told = cables.events.length
  for (let time = 0; time < 10; time++) {
    cables.speak(2, lldpFrame())
    await cables.pass(30)
  }
  expect(cables.events.length).toBe(told)
  cables.speak(2, lldpFrame({ systemName: 'renamed' }))
  await cables.pass(40)
  expect(cables.events.length).toBe(told + 1)
  expect(cables.names('eth0')).toEqual(['renamed'])
})

test('watch drops a neighbour when its time is over, when it says goodbye, and when the link goes', async () => {
  await cables.plug('eth0', 2)
  cables.listen()
  await cables.pass(1)
  cables.speak(2, lldpFrame({ timeToLiveSeconds: 20 }))
  await cables.pass(3)
  expect(cables.names('eth0')).toEqual(['leaf-1'])
  await cables.pass(14)
  expect(cables.names('eth0')).toEqual(['leaf-1'])
  await cables.pass(8)
  expect(cables.names('eth0')).toEqual([])
  expect(cables.latest?.settled).toBe(true)

  cables.speak(2, lldpFrame())
  await cables.pass(3)
  expect(cables.names('eth0')).toEqual(['leaf-1'])
  cables.speak(2, lldpFrame({ timeToLiveSeconds: 0 }))
  await cables.pass(3)
  expect(cables.names('eth0')).toEqual([])

  cables.speak(2, lldpFrame())
  await cables.pass(3)
  await cables.plug('eth0', 2, { carrier: '0' })
  await cables.pass(5)
  expect(cables.names('eth0')).toEqual([])
})

test('watch is settled once everybody had the time to speak, and not before', async () => {
  await cables.plug('eth0', 2)
  await cables.plug('eth1', 3, { carrier: '0' })
  cables.listen()
  await cables.pass(60)
  expect(cables.latest?.settled).toBe(false)
  await cables.pass(10)
  expect(cables.latest?.settled).toBe(true)
})

test('watch follows interfaces that come, go and come again as others', async () => {
  await cables.plug('eth0', 2)
  cables.listen()
  await cables.pass(1)
  await cables.plug('eth5', 7)
  await cables.pass(3)
  expect(cables.waiting.has(7)).toBe(true)
  await cables.unplug('eth0')
  await cables.plug('eth0', 9)
  await cables.pass(3)
  expect(cables.closed).toEqual([2])
  expect(cables.waiting.has(9)).toBe(true)
})

test('watch listens where cables end and nowhere else', async () => {
  await cables.plug('eth0', 2)
  await cables.plug('lo', 1, { type: '772' })
  await cables.plug('ib0', 4, { type: '32' })
  await cables.plug('down0', 5, { flags: '0x1002' })
  await cables.plug('vlan5', 6, { lower_eth0: '' })
  await cables.plug('tap0', 8, { tun_flags: '0x1002' })
  cables.listen()
  await cables.pass(3)
  expect([...cables.waiting.keys()]).toEqual([2])
})

test('watch goes on when an interface cannot be opened or says rubbish, and tells it once', async () => {
  cables.broken.add(3)
  await cables.plug('eth0', 2)
  await cables.plug('eth1', 3)
  cables.listen()
  await cables.pass(1)
  for (let time = 0; time < 5; time++) {
    cables.speak(2, lldpFrame().subarray(0, 14), lldpFrame())
    await cables.pass(3)
  }
  expect(cables.names('eth0')).toEqual(['leaf-1'])
  expect(cables.findings.map(({ code, subject }) => `${code} ${subject}`).toSorted()).toEqual([
    'neighbors.failed eth1',
    'neighbors.malformed eth0',
  ])
})

test('watch keeps a bounded number of neighbours, and says so', async () => {
  await cables.plug('eth0', 2)
  cables.listen()
  await cables.pass(1)
  for (let n = 0; n < maxNeighborsPerPort + 4; n++) {
    cables.speak(2, lldpFrame({ chassis: `c${n}`, systemName: 'x'.repeat(500) }))
    await cables.pass(1)
  }
  await cables.pass(3)
  expect(cables.latest?.ports[0]?.neighbors).toHaveLength(maxNeighborsPerPort)
  expect(cables.findings.map(({ code }) => code)).toEqual(['neighbors.too-many'])
})

test('neighbours of the largest machine fit one frame to the server', async () => {
  for (let index = 1; index <= 255; index++) await cables.plug(`eth${index}`, index)
  cables.listen()
  await cables.pass(1)
  for (let n = 0; n < maxNeighborsPerPort; n++) {
    const frame = lldpFrame({ chassis: `${n}-${'c'.repeat(200)}`, systemName: 'n'.repeat(500) })
    for (let index = 1; index <= 255; index++) cables.speak(index, frame)
  }
  await cables.pass(5)
  expect(cables.findings.map(({ code }) => code)).toContain('neighbors.too-many')
  const facts = parseFacts('neighbors', cables.latest)
  expect(encodeCbor({ facts }).length).toBeLessThan(512 * 1024)
})

test('whatever arrives, what is told is in its schema', async () => {
  await cables.plug('eth0', 2)
  cables.listen()
  await cables.pass(1)
  const random = new SeededRandom(7)
  const frames = [lldpFrame(), cdpFrame('switch'), cdpFrame('x'.repeat(700))]
  for (let round = 0; round < 300; round++) {
    for (let count = 0; count < 16; count++) cables.speak(2, mutate(random, frames))
    await cables.pass(2.5)
    expect(() => parseFacts('neighbors', cables.latest)).not.toThrow()
  }
})
