import { expect, test } from 'vitest'
import { z } from 'zod'
import { attempt, fuzz } from '../../bench/fuzz/run.ts'
import { fuzzTargets } from '../../bench/fuzz/targets.ts'

const reports = z.array(
  z.object({ decoder: z.string(), inputCount: z.number(), failure: z.unknown().nullable() }),
)

test('decoders survive a slice of mutated inputs: no crash, no hang, no growth', async () => {
  const seconds = Math.max(1, Math.floor(30 / fuzzTargets.length))
  const program = new URL('../../bench/fuzz.ts', import.meta.url).pathname
  const seed = String(Math.floor(performance.timeOrigin) % 1_000_000)
  const child = Bun.spawn(
    [process.execPath, program, '--json', '--seconds', String(seconds), '--seed', seed],
    { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' },
  )
  const output = reports.parse(JSON.parse(await new Response(child.stdout).text()))
  expect(output.map(({ decoder }) => decoder)).toEqual(fuzzTargets.map(({ name }) => name))
  for (const { decoder, inputCount, failure } of output) {
    expect({ seed, decoder, failure }).toEqual({ seed, decoder, failure: null })
    expect(inputCount).toBeGreaterThan(100)
  }
})

test('a decoder that throws anything but a DecodeError, or takes too long, is caught', async () => {
  const seeds = async () => [new Uint8Array(16)]
  const limits = { count: 5000, seconds: 20 }
  const throwing = {
    name: 'throwing',
    seeds,
    decode(bytes: Uint8Array) {
      if (bytes[3] === 0xff) throw new RangeError('past the end')
      return null
    },
  }
  const crash = await fuzz(throwing, 1, limits, () => undefined)
  expect(crash.failure).toMatchObject({ kind: 'crash' })
  expect(attempt(throwing, crash.failure?.input ?? new Uint8Array(0))).toMatchObject({
    kind: 'crash',
  })
  const slow = {
    name: 'slow',
    seeds,
    decode(bytes: Uint8Array) {
      // By the time of this thread, as it is measured: on a busy machine 80 ms may hold less work.
      const endMicros = spentMicros() + (bytes[0] === 0x80 ? 80_000 : 0)
      while (spentMicros() < endMicros);
      return null
    },
  }
  expect((await fuzz(slow, 1, limits, () => undefined)).failure).toMatchObject({ kind: 'hang' })
})

function spentMicros(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}
