import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeCbor } from '../../../protocol/cbor.ts'
import { connectionPair } from '../../../protocol/connection-pair.ts'
import { limits } from '../../../protocol/limits.ts'
import { challengeTranscript } from '../../../protocol/messages.ts'
import { generateSigningKey, verifySignature } from '../../../protocol/signing.ts'
import { closeCodes } from '../../../server/sessions/live-agents.ts'
import type { Change } from '../../../server/store/store.ts'
import { machineRecord } from '../store/records.ts'
import { tick, World } from '../world.ts'

let world: World
beforeEach(async () => {
  world = await World.start()
})
afterEach(async () => world.close())

const machines = async () => world.service.machines.list()

describe('session handshake', () => {
  it('signs the hello with the command key and welcomes after the proof', async () => {
    const agent = world.agent(1).connect(world.service)
    await tick()
    const { hello, challenge } = agent
    if (hello === null || challenge === null) throw new Error('no challenge')
    const transcript = challengeTranscript(hello, challenge)
    const { publicKey, signature } = challenge
    expect(verifySignature(publicKey, 'assay.challenge.v1', transcript, signature)).toBe(true)
    expect(agent.welcome).toMatchObject({ approved: true, ackedSeq: 0, epoch: 0 })
    expect(await machines()).toHaveLength(1)
  })

  it('refuses a proof by another key, and knows no machine of it', async () => {
    const agent = world.agent(1).connect(world.service, { manual: true })
    await tick()
    const impostor = generateSigningKey()
    agent.sendRaw({ kind: 'proof', signature: impostor.sign('assay.proof.v1', new Uint8Array(8)) })
    await tick()
    expect(agent.closed?.code).toBe(closeCodes.refused)
    expect(await machines()).toEqual([])
  })

  it('refuses a proof that was good on another connection', async () => {
    const agent = world.agent(1).connect(world.service)
    await tick()
    const { hello, proof } = agent
    if (hello === null || proof === null) throw new Error('no proof')
    const thief = world.agent(1).connect(world.service, { manual: true, hello })
    await tick()
    expect(thief.challenge?.session).toBe(agent.welcome?.session)
    thief.sendRaw({ kind: 'proof', signature: proof })
    await tick()
    expect(thief.closed?.code).toBe(closeCodes.refused)
    expect(agent.closed).toBeNull()
  })

  it('leaves a live session alone when a stranger says its hello', async () => {
    const agent = world.agent(1).connect(world.service)
    await tick()
    const hello = { publicKey: agent.key.publicKey }
    const stranger = world.agent(1).connect(world.service, { manual: true, hello })
    await tick()
    expect(stranger.challenge).not.toBeNull()
    agent.report({ kind: 'phase', phase: 'booted', atSeconds: 1 })
    await world.until(() => agent.unacknowledged === 0)
    expect(agent.closed).toBeNull()
  })

  it.each([
    ['bytes that are no CBOR', new Uint8Array([0xff, 0x00])],
    ['a message without a kind', encodeCbor({ seq: 1 })],
    ['a message out of turn', encodeCbor({ kind: 'phase', seq: 1, phase: 'idle', atSeconds: 1 })],
    ['a frame that is too long', encodeCbor({ kind: 'hello', x: 'y'.repeat(70_000) })],
  ])('ends the connection for %s before the proof', async (_, frame) => {
    const bystander = world.agent(2).connect(world.service)
    const agent = world.agent(1).connect(world.service, { manual: true })
    await tick()
    agent.sendBytes(frame)
    await tick()
    expect(agent.closed?.code).toBe(closeCodes.protocol)
    expect(bystander.closed).toBeNull()
  })

  it('ends a connection that does not prove itself in time', async () => {
    const agent = world.agent(1).connect(world.service, { manual: true })
    await tick()
    world.clock.advance(limits.proofSeconds * 1000)
    await tick()
    expect(agent.closed?.code).toBe(closeCodes.silent)
  })

  it('takes no more unproven connections than its limit, and one more after one is gone', async () => {
    const ends = Array.from({ length: limits.unprovenSessions }, () => {
      const [mine, theirs] = connectionPair('agent', 'server')
      world.service.acceptAgent(theirs)
      return mine
    })
    const refused = world.agent(1).connect(world.service)
    await tick()
    expect(refused.closed?.code).toBe(closeCodes.tooMuch)
    ends[0]?.close(1000, 'bye')
    await tick()
    const taken = world.agent(1).connect(world.service)
    await tick()
    expect(taken.welcome).not.toBeNull()
  })

  it('enrols no more machines than may wait for approval', async () => {
    const waiting = Array.from({ length: 4096 }, (_, index): Change => {
      const record = machineRecord(`m${index}`, { flags: ['pending'] })
      return { kind: 'machine', record, before: null, evidence: [] }
    })
    await world.store.commit(waiting.slice(1))
    const last = world.agent(1).connect(world.service)
    await tick()
    expect(last.welcome).not.toBeNull()
    await world.store.commit(waiting.slice(0, 1))
    const refused = world.agent(2).connect(world.service)
    await tick()
    expect(refused.closed?.code).toBe(closeCodes.refused)
    const known = world.agent(1).connect(world.service)
    await tick()
    expect(known.welcome).not.toBeNull()
  })
})
