import { afterEach, describe, expect, it } from 'vitest'
import { Agent } from '../../../agent/agent.ts'
import { connectionPair } from '../../../protocol/connection-pair.ts'
import { diskDigest, planDigest } from '../../../protocol/deployment.ts'
import { generateSigningKey } from '../../../protocol/signing.ts'
import { makeMachine } from '../machine-facts.ts'
import { requestFor, World } from '../world.ts'

let world: World
afterEach(async () => world.close())

describe('the real agent and the service', () => {
  it('go from power-on to a written image, over a link that breaks, and clean again', async () => {
    world = await World.start({ policy: { kind: 'manual' } })
    const made = makeMachine(1)
    const stop = new AbortController()
    let writes = 0
    let reboots = 0
    let cut: (() => void) | null = null
    const agent = new Agent({
      clock: world.clock,
      random: {
        bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
        uuid: () => crypto.randomUUID(),
        fraction: () => 0.5,
      },
      key: generateSigningKey(),
      identity: { agentVersion: 'test', architecture: 'x64', bootId: null, claims: made.claims },
      servers: ['server.test:7443'],
      commandKeys: [world.commandKey.publicKey],
      createImager: () => ({
        prepare: async (plan) => ({
          diskDigest: diskDigest(plan.disk),
          planDigest: planDigest(plan),
          diskPath: '/dev/made',
          signatures: [],
          headSha256: '0'.repeat(64),
          tailSha256: '0'.repeat(64),
          guards: [],
        }),
        write: async (_plan, _evidence, { confirmHead }) => {
          writes += 1
          cut?.()
          await confirmHead()
          return { elapsedSeconds: 1, bytesWritten: 4096 }
        },
      }),
      dial: async () => {
        const [mine, theirs] = connectionPair('agent', 'server')
        cut = () => mine.close(1006, 'cable')
        world.service.acceptAgent(theirs)
        return mine
      },
      bringUpNetwork: async () => {},
      discover: async (emit) => {
        for (const facts of made.facts) emit({ kind: 'facts', ...facts, elapsedSeconds: 0.1 })
      },
      watchNeighbors: async () => {},
      benchmark: async () => {},
      telemetry: async () => null,
      uptimeSeconds: async () => world.clock.monotonic() / 1000,
      residentSizeBytes: () => 1,
      processorSeconds: () => 1,
      identify: () => {},
      reboot: () => {
        reboots += 1
      },
      log: () => {},
    })
    const running = agent.run(stop.signal)
    const machine = async () => (await world.service.machines.list())[0]
    await world.until(async () => (await machine())?.phase === 'discovered')
    await world.service.machines.approve((await machine())?.id ?? '', 'operator')
    await world.until(async () => (await machine())?.state === 'available')
    const { allocation } = await world.service.allocations.create(
      { request: requestFor(1) },
      { owner: 'tester', idempotencyKey: null },
    )
    await world.until(async () => (await machine())?.state === 'active')
    await world.until(() => reboots === 1)
    expect(writes).toBe(1)
    await world.service.allocations.release(allocation?.id ?? '', 'tester')
    await world.until(async () => (await machine())?.state === 'available')
    expect((await machine())?.shape).not.toBeNull()
    stop.abort()
    await running
  })
})
