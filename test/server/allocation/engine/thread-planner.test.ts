import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import {
  FleetPlanner,
  spawnEngineThread,
} from '../../../../server/allocation/engine/fleet-planner.ts'
import { LocalPlanner, type Planner } from '../../../../server/allocation/engine/planner.ts'
import type { Question } from '../../../../server/allocation/engine/question.ts'
import { ThreadPlanner } from '../../../../server/allocation/engine/thread-planner.ts'
import { Turns } from '../../../../server/turns.ts'
import { silentLogger } from '../../../../server/log.ts'
import { propertyRuns } from '../../../property-runs.ts'
import { ManualClock } from '../../manual-clock.ts'
import { runHistory } from '../histories/run-history.ts'
import { Life } from './life.ts'
import { askOf, outlookAfter, startMs, step } from './made-histories.ts'
import { MadeSource } from './made-source.ts'
import { ThreadEngines } from './threads.ts'

const planners: Planner[] = []
afterEach(async () => {
  for (const planner of planners.splice(0)) await planner.close()
})

function opened<P extends Planner>(planner: P): P {
  planners.push(planner)
  return planner
}

const turns = () => new Turns(new ManualClock())
const local = () => opened(new LocalPlanner(turns()))
const threaded = (spawn = spawnEngineThread, log = silentLogger) =>
  opened(new ThreadPlanner({ spawn, log }))

/** Two free machines and somebody who wants one of them. */
function scene(): { readonly source: MadeSource; readonly question: Question } {
  const source = new MadeSource()
  for (const at of [1, 2]) {
    const free = { held: null, booking: null, obstacle: null, removed: false }
    source.put(outlookAfter({ at, cores: 8n, rack: 'r1', ...free }, startMs))
  }
  const terms = { needMinutes: 1, isReserved: false, waits: true, most: 0, where: 'any' } as const
  const ask = askOf({ tenant: 'a', count: 1, cores: 8, ...terms }, 1)
  return { source, question: { kind: 'judge', nowMs: startMs, asks: [ask], quotas: new Map() } }
}

describe('an engine in a thread', () => {
  it('answers as one in this thread does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const [here, there] = [new Life(), new Life()]
        const [near, far] = [local(), threaded()]
        for (const made of steps) {
          const question = here.live(made)
          const same = there.live(made)
          if (question === null || same === null) continue
          const { answer } = await near.ask(here.source, question)
          expect(await far.ask(there.source, same)).toEqual({ answer, seq: there.source.seq })
          here.take(answer)
          there.take(answer)
        }
        await far.close()
      }),
      { numRuns: propertyRuns(40) },
    )
  }, 60_000)

  it('answers what is asked at once in the order it was asked', async () => {
    const { source, question } = scene()
    const planner = threaded()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => planner.ask(source, question)),
    )
    expect(new Set(answers.map(({ answer }) => JSON.stringify(answer))).size).toBe(1)
  })

  it('fails what waits when it dies, says so, and the next one knows everything', async () => {
    const { source, question } = scene()
    const lines: string[] = []
    const log = { ...silentLogger, error: (message: string) => lines.push(message) }
    const threads = [() => new Worker(join(import.meta.dirname, 'dying-thread.ts'))]
    const planner = threaded(() => (threads.pop() ?? spawnEngineThread)(), log)
    const failed = await Promise.allSettled([
      planner.ask(source, question),
      planner.ask(source, question),
    ])
    for (const one of failed) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
    }
    expect(lines).toEqual(['matching thread died'])
    const { answer } = await planner.ask(source, question)
    expect(answer).toEqual((await local().ask(scene().source, question)).answer)
  })

  it('begins anew when it was killed while it had nothing to do', async () => {
    const { source, question } = scene()
    const threads: Worker[] = []
    const planner = threaded(() => {
      const thread = spawnEngineThread()
      threads.push(thread)
      return thread
    })
    const { answer } = await planner.ask(source, question)
    await new Promise<void>((resolve) => {
      threads[0]?.once('exit', () => resolve())
      void threads[0]?.terminate()
    })
    expect((await planner.ask(source, question)).answer).toEqual(answer)
    expect(threads).toHaveLength(2)
  })

  it('refuses questions once it is closed', async () => {
    const { source, question } = scene()
    const planner = threaded()
    await planner.ask(source, question)
    await planner.close()
    await expect(planner.ask(source, question)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('tells what the asker can act on as it is', async () => {
    const { source } = scene()
    const question = { kind: 'capacity', nowMs: startMs, profile: 'none@1', count: null } as const
    for (const planner of [local(), threaded()]) {
      await expect(planner.ask(source, question)).rejects.toMatchObject({
        code: 'not-found',
        message: "there is no profile 'none@1'",
      })
    }
  })
})

describe('a planner of a fleet', () => {
  it('moves to a thread once the fleet is large, and answers the same', async () => {
    const { source, question } = scene()
    let spawned = 0
    const spawn = () => {
      spawned += 1
      return spawnEngineThread()
    }
    const planner = opened(new FleetPlanner({ threadFrom: 3, spawn, log: silentLogger }, turns()))
    const { answer } = await planner.ask(source, question)
    expect(spawned).toBe(0)
    const third = source.machines.get('m2')
    if (third !== undefined) source.put({ ...third, id: 'm3', obstacle: 'maintenance' })
    const after = await planner.ask(source, question)
    expect(spawned).toBe(1)
    expect(after.answer).toMatchObject({ kind: 'judge', verdict: { kind: 'start' } })
    expect(answer).toMatchObject({ kind: 'judge', verdict: { kind: 'start' } })
  })
})

describe('a random history with engines in threads', () => {
  it('keeps every invariant', async () => {
    const engines = new ThreadEngines()
    const outcome = await runHistory(1, 60, 4, engines)
    expect(outcome.problems).toEqual([])
    expect(outcome.grants).toBeGreaterThan(2)
    expect(engines.questions).toBeGreaterThan(50)
  }, 60_000)

  it('keeps every invariant while threads die', async () => {
    const engines = new ThreadEngines(15)
    const outcome = await runHistory(4, 50, 4, engines)
    expect(outcome.problems).toEqual([])
    expect(outcome.grants).toBeGreaterThan(2)
    expect(engines.deaths).toBeGreaterThan(2)
  }, 60_000)
})
