import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type NeighborsFacts, neighborsFacts } from '../../protocol/facts/neighbors.ts'

const repository = join(import.meta.dirname, '../..')
const bun = join(repository, 'node_modules/.bin/bun')

/** Two network namespaces with a cable between them: a machine, and the switch it hangs on. */
class Cable {
  readonly #machine = `assay-nb-${process.pid}-machine`
  readonly #switch = `assay-nb-${process.pid}-switch`
  readonly #processes: Bun.Subprocess[] = []
  #folder = ''

  async open() {
    this.#folder = await mkdtemp(join(tmpdir(), 'assay-nb-'))
    // lldpd becomes another user.
    await chmod(this.#folder, 0o755)
    for (const name of [this.#machine, this.#switch]) await ip('netns', 'add', name)
    const ends = ['netns', this.#machine, 'type', 'veth', 'peer', 'name', 'port1', 'netns']
    await ip('link', 'add', 'eth0', ...ends, this.#switch)
    await ip('-n', this.#machine, 'link', 'set', 'eth0', 'up')
    await ip('-n', this.#switch, 'link', 'set', 'port1', 'up')
  }

  /** Runs in the machine; the agent's programs see its interfaces only. */
  onMachine(args: readonly string[]) {
    return this.#run(this.#machine, args)
  }

  /** lldpd, which is a switch to whoever listens; it ends by SIGTERM as one that is shut down. */
  announce(...options: readonly string[]) {
    const names = ['-I', 'port1', '-S', 'Test Switch', '-u', join(this.#folder, 'lldpd.socket')]
    return this.#run(this.#switch, ['lldpd', '-d', ...names, ...options])
  }

  async switchMac(): Promise<string> {
    const read = this.#run(this.#switch, ['cat', '/sys/class/net/port1/address'])
    return (await new Response(read.stdout).text()).trim()
  }

  async close() {
    for (const running of this.#processes) running.kill('SIGKILL')
    await Promise.all(this.#processes.map(({ exited }) => exited))
    for (const name of [this.#machine, this.#switch]) await ip('netns', 'del', name)
    await rm(this.#folder, { recursive: true })
  }

  /** Waits until the machine has a packet socket: a switch speaks at once, and then every 30 s. */
  async listens() {
    for (;;) {
      const sockets = this.#run(this.#machine, ['cat', '/proc/net/packet'])
      const text = await new Response(sockets.stdout).text()
      if (text.trim().split('\n').length > 1) return
    }
  }

  #run(namespace: string, args: readonly string[]) {
    const running = Bun.spawn(['ip', 'netns', 'exec', namespace, ...args], {
      cwd: repository,
      stdout: 'pipe',
      stderr: 'ignore',
    })
    this.#processes.push(running)
    return running
  }
}

async function ip(...args: readonly string[]) {
  const running = Bun.spawn(['ip', ...args], { stderr: 'pipe' })
  if ((await running.exited) === 0) return
  throw new Error(`ip ${args.join(' ')}: ${await new Response(running.stderr).text()}`)
}

const eventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('facts'), facts: neighborsFacts }),
  z.object({ kind: z.literal('finding'), finding: z.unknown() }),
])

/** Facts as they come, one for each line. */
async function* factsIn(output: ReadableStream<Uint8Array>): AsyncGenerator<NeighborsFacts> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const bytes of output) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const event = eventSchema.parse(JSON.parse(line))
      if (event.kind === 'facts') yield event.facts
    }
  }
}

async function until(facts: AsyncGenerator<NeighborsFacts>, holds: (n: number) => boolean) {
  for (;;) {
    const { value, done } = await facts.next()
    if (done === true) throw new Error('listening ended')
    if (holds(value.ports[0]?.neighbors.length ?? -1)) return value
  }
}

/** Neighbours at the first port of what `discover` prints. */
function neighborsIn(output: string) {
  const answer = z.object({ facts: z.object({ neighbors: neighborsFacts }) })
  return answer.parse(JSON.parse(output)).facts.neighbors.ports[0]?.neighbors
}

let cable: Cable
beforeEach(async () => {
  cable = new Cable()
  await cable.open()
})
afterEach(() => cable.close())

describe('neighbours on a real cable', () => {
  test('a switch is heard when it begins to speak, and gone when it says so', async () => {
    const agent = cable.onMachine([bun, 'test/system/neighbors-agent.ts'])
    const facts = factsIn(agent.stdout)
    expect((await until(facts, (count) => count === 0)).settled).toBe(false)
    const lldpd = cable.announce()
    const heard = await until(facts, (count) => count === 1)
    expect(heard.settled).toBe(true)
    expect(heard.ports[0]).toMatchObject({
      interface: 'eth0',
      neighbors: [
        {
          protocol: 'lldp',
          chassisIdKind: 'mac',
          portDescription: 'port1',
          systemDescription: 'Test Switch',
          timeToLiveSeconds: 120,
        },
      ],
    })
    lldpd.kill('SIGTERM')
    await until(facts, (count) => count === 0)
  })

  test('CDP is heard by the command that discovers', async () => {
    const agent = cable.onMachine([
      bun,
      'agent/main.ts',
      'discover',
      '--class',
      'neighbors',
      '--neighbors',
      '8',
    ])
    await cable.listens()
    cable.announce('-ccc')
    expect(neighborsIn(await new Response(agent.stdout).text())).toMatchObject([
      { protocol: 'cdp', portId: 'port1', systemDescription: 'Test Switch' },
    ])
  })

  test('a capture that listens replays to the neighbour that was heard', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-nb-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'machine.tar.zst')
    const capture = cable.onMachine([bun, 'agent/main.ts', 'capture', file, '--neighbors', '6'])
    await cable.listens()
    cable.announce()
    expect(await capture.exited).toBe(0)
    const replay = Bun.spawn(
      [bun, 'agent/main.ts', 'discover', '--root', file, '--class', 'neighbors'],
      { cwd: repository, stderr: 'ignore' },
    )
    const text = await new Response(replay.stdout).text()
    expect(neighborsIn(text)).toMatchObject([
      { protocol: 'lldp', portDescription: 'port1', systemDescription: 'Test Switch' },
    ])
    expect(text).toMatch(/"mac": "[0-9a-f:]{17}"/)
  })

  test('an anonymized capture tells nobody the address of the switch', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-nb-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'machine.tar.zst')
    const options = ['--neighbors', '6', '--anonymize']
    const capture = cable.onMachine([bun, 'agent/main.ts', 'capture', file, ...options])
    await cable.listens()
    cable.announce()
    const mac = await cable.switchMac()
    expect(await capture.exited).toBe(0)
    const replay = Bun.spawn(
      [bun, 'agent/main.ts', 'discover', '--root', file, '--class', 'neighbors'],
      { cwd: repository, stderr: 'ignore' },
    )
    const text = await new Response(replay.stdout).text()
    expect(neighborsIn(text)).toMatchObject([{ portDescription: 'port1' }])
    expect(mac).toMatch(/^[0-9a-f:]{17}$/)
    expect(text).not.toContain(mac)
  })
})
