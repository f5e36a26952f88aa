import { describe, expect, test } from 'vitest'
import {
  helperAt,
  type HelperExit,
  type HelperProcess,
  type SpawnHelper,
} from '../../../agent/benchmark/helper-process.ts'
import { runHelper } from '../../../agent/benchmark/run-helper.ts'
import { systemClock } from '../../../protocol/system-effects.ts'

/** A real process that does what a line of shell says. */
const shell: SpawnHelper = (words) => helperAt('/bin/sh')(['-c', words.join(' ')])

async function run(script: string, deadlineSeconds = 15, signal = new AbortController().signal) {
  const dependencies = { clock: systemClock, spawnHelper: shell }
  return runHelper(dependencies, [script], deadlineSeconds, () => {}, signal)
}

const result =
  '{"result":{"mode":"m","checksum":"00000000000000ff","mismatchCount":0,"elapsedSeconds":1,' +
  '"parameters":{},"workers":[]}}'

describe('runHelper', () => {
  test('gives result and samples when the helper ends well', async () => {
    const sample = { metric: 'chain', value: 2, atSeconds: 0.1 }
    expect(await run(`echo '${JSON.stringify({ sample })}'; echo '${result}'`)).toMatchObject({
      kind: 'result',
      result: { checksum: '00000000000000ff' },
      samples: [sample],
    })
  })

  test.each([
    ['kill -ILL $$', 'illegal-instruction'],
    ['kill -BUS $$', 'bus-error'],
    ['kill -SEGV $$', 'segmentation-fault'],
    ['kill -KILL $$', 'killed'],
    ['kill -ALRM $$', 'deadline'],
    ['echo \'{"error":"no such disk"}\'; exit 1', 'failed'],
    ['exit 3', 'malformed-output'],
    ['true', 'malformed-output'],
    ['echo nonsense; sleep 60', 'malformed-output'],
    [`echo '${result}'; exit 1`, 'malformed-output'],
    [`echo '${result}'; kill -ILL $$`, 'illegal-instruction'],
  ])('turns %s into a fault', async (script, fault) => {
    expect(await run(script)).toMatchObject({ kind: 'fault', fault })
  })

  test('kills a helper that is over its time', async () => {
    expect(await run('exec sleep 60', 0.05)).toMatchObject({ kind: 'fault', fault: 'deadline' })
  })

  test('goes on without a helper that does not even die when killed', async () => {
    const never = Promise.withResolvers<never>()
    let kills = 0
    const stuck: HelperProcess = {
      output: { [Symbol.asyncIterator]: () => ({ next: () => never.promise }) },
      exited: never.promise.then((): HelperExit => ({ exitCode: 0, signal: null })),
      kill: () => kills++,
    }
    // Every wait ends at once: nothing else would ever happen here.
    const clock = {
      ...systemClock,
      after: (_ms: number, fn: () => void) => systemClock.after(0, fn),
    }
    const dependencies = { clock, spawnHelper: () => stuck }
    const signal = new AbortController().signal
    expect(await runHelper(dependencies, [], 5, () => {}, signal)).toMatchObject({ fault: 'hung' })
    expect(kills).toBe(1)
  })

  test('is a fault when the program is not there', async () => {
    const dependencies = { clock: systemClock, spawnHelper: helperAt('/no/such/program') }
    const signal = new AbortController().signal
    expect(await runHelper(dependencies, [], 5, () => {}, signal)).toMatchObject({
      kind: 'fault',
      fault: 'failed',
    })
  })

  test('rejects with the reason and leaves no process when it is aborted', async () => {
    const controller = new AbortController()
    const started = Promise.withResolvers<HelperProcess>()
    const spawnHelper: SpawnHelper = (words) => {
      const child = shell(words)
      started.resolve(child)
      return child
    }
    const dependencies = { clock: systemClock, spawnHelper }
    const running = runHelper(dependencies, ['exec sleep 60'], 60, () => {}, controller.signal)
    const child = await started.promise
    controller.abort(new Error('the server said so'))
    await expect(running).rejects.toThrow('the server said so')
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' })
  })
})
