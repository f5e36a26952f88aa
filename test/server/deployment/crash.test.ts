import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../../server/store/store.ts'
import type { AgentDouble } from '../agent-double.ts'
import { crashingStore } from '../crashing-store.ts'
import { requestFor, tick, World } from '../world.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assay-domain-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('a server that dies at any commit', () => {
  it.each(['before', 'after'] as const)(
    'ends with one verified write when it dies %s the commit is durable',
    async (moment) => {
      let crashes = 0
      for (let commitNumber = 1; ; commitNumber++) {
        const file = join(directory, `${moment}-${commitNumber}.sqlite`)
        const outcome = await liveWithCrash(file, commitNumber, moment)
        expect(outcome, `crash ${moment} commit ${commitNumber}`).toMatchObject({
          state: 'active',
          deployment: 'running',
          starts: 1,
          allocations: 1,
          isFenced: true,
        })
        if (!outcome.crashed) break
        crashes += 1
      }
      expect(crashes).toBeGreaterThan(12)
    },
  )
})

/** One life from power-on to the image's report, with one crash and one restart in it. */
async function liveWithCrash(file: string, commitNumber: number, moment: 'before' | 'after') {
  const world = new World({ file })
  await world.close()
  const made = new CrashPlan(commitNumber, moment)
  await world.reopen((store) => made.wrap(store))
  const agent = world.agent(1).connect(world.service)
  const survive = async (done: () => Promise<boolean>) => {
    await world.until(async () => {
      if (made.takeCrash()) {
        agent.disconnect()
        await tick()
        await world.reopen((store) => store)
      }
      if (agent.closed !== null) agent.connect(world.service)
      try {
        return await done()
      } catch (error) {
        if (made.isCrash(error)) return false
        throw error
      }
    })
  }
  await survive(async () => (await world.machineOf(agent))?.state === 'available')
  await survive(async () => {
    const { allocation } = await world.service.allocations.create(
      { request: requestFor(1) },
      { owner: 'tester', idempotencyKey: 'k1' },
    )
    return allocation !== null
  })
  await survive(async () => (await world.machineOf(agent))?.state === 'active')
  await survive(async () => {
    const machine = await world.machineOf(agent)
    if (machine === undefined) return false
    if (machine.running !== null) return true
    await world.service.reportRunning(reportOf(agent, machine.id))
    return true
  })
  const [allocation] = await world.service.allocations.list()
  const machine = await world.machineOf(agent)
  const outcome = {
    crashed: made.happened,
    state: machine?.state,
    deployment: allocation?.machines[0]?.deployment?.state,
    starts: agent.started.length,
    allocations: (await world.service.allocations.list()).length,
    isFenced: machine?.fencingToken === allocation?.machines[0]?.fencingToken,
  }
  await world.close()
  return outcome
}

function reportOf(agent: AgentDouble, machineId: string) {
  const metaData = agent.command?.plan.seed?.files['meta-data'] ?? ''
  const token = /assay-report-token: (\w+)/.exec(metaData)?.[1] ?? ''
  return {
    machineId,
    token,
    hostname: 'h',
    kernel: 'k',
    bootMode: 'uefi',
    uptimeSeconds: 1,
  } as const
}

/** Wraps the first store only; tells once that the crash happened. */
class CrashPlan {
  readonly #commitNumber: number
  readonly #moment: 'before' | 'after'
  #crashed: () => boolean = () => false
  happened = false

  constructor(commitNumber: number, moment: 'before' | 'after') {
    this.#commitNumber = commitNumber
    this.#moment = moment
  }

  wrap(store: Store): Store {
    const made = crashingStore(store, this.#commitNumber, this.#moment)
    this.#crashed = made.crashed
    return made.store
  }

  takeCrash(): boolean {
    if (this.happened || !this.#crashed()) return false
    this.happened = true
    return true
  }

  isCrash(error: unknown): boolean {
    return error instanceof Error && error.name === 'CrashError'
  }
}
