import { DecodeError } from '../../protocol/errors.ts'
import { mutate } from './mutate.ts'
import { SeededRandom } from './random.ts'
import type { FuzzTarget } from './targets.ts'

/** What a run found. `input` is what did it. */
export interface FuzzFailure {
  readonly kind: 'crash' | 'hang' | 'memory'
  readonly message: string
  readonly input: Uint8Array
}

export interface FuzzResult {
  readonly decoder: string
  readonly seed: number
  readonly inputCount: number
  /** Refused with DecodeError, as it should be. */
  readonly refusedCount: number
  readonly slowestMs: number
  /** Inputs that the others were made of. */
  readonly seedCount: number
  readonly elapsedSeconds: number
  readonly heapGrowthBytes: number
  readonly failure: FuzzFailure | null
}

/** CPU time that one input may take. A slow one is tried again, so that a busy machine is no hang. */
export const hangMs = 50
const slowTries = 5
/** Heap that may be left after a collection, above that of the first thousandth. */
const heapGrowthLimit = 64 * 1024 * 1024

export interface FuzzLimits {
  readonly count: number
  readonly seconds: number
}

/** Feeds a decoder mutated inputs until the count, the time, or the first failure. */
export async function fuzz(
  target: FuzzTarget,
  seed: number,
  limits: FuzzLimits,
  progress: (done: number) => void,
): Promise<FuzzResult> {
  const random = new SeededRandom(seed)
  const seeds = await target.seeds()
  const started = performance.now()
  let refusedCount = 0
  let slowestMs = 0
  let failure: FuzzFailure | null = null
  let done = 0
  const warmUp = Math.max(1, Math.min(2000, Math.floor(limits.count / 10)))
  let heapBefore = heapBytes()
  while (done < limits.count && failure === null) {
    if (done % 512 === 0 && (performance.now() - started) / 1000 > limits.seconds) break
    const input = mutate(random, seeds)
    const outcome = attempt(target, input)
    done++
    if (outcome.kind === 'crash') {
      failure = { kind: 'crash', message: outcome.message, input }
    } else {
      if (outcome.refused) refusedCount++
      const elapsedMs = outcome.elapsedMs > hangMs ? again(target, input) : outcome.elapsedMs
      slowestMs = Math.max(slowestMs, elapsedMs)
      if (elapsedMs > hangMs) {
        failure = { kind: 'hang', message: `${elapsedMs.toFixed(0)} ms at best`, input }
      }
    }
    if (done === warmUp) heapBefore = heapBytes()
    if (done % 100_000 === 0) progress(done)
  }
  const heapGrowthBytes = heapBytes() - heapBefore
  if (failure === null && heapGrowthBytes > heapGrowthLimit) {
    const message = `the heap grew by ${heapGrowthBytes} bytes over ${done} inputs`
    failure = { kind: 'memory', message, input: new Uint8Array(0) }
  }
  return {
    decoder: target.name,
    seed,
    inputCount: done,
    refusedCount,
    slowestMs,
    seedCount: seeds.length,
    elapsedSeconds: (performance.now() - started) / 1000,
    heapGrowthBytes,
    failure,
  }
}

type Attempt =
  | { readonly kind: 'crash'; readonly message: string }
  | { readonly kind: 'done'; readonly refused: boolean; readonly elapsedMs: number }

/** One input. Anything thrown that is no DecodeError is a crash. */
export function attempt(target: FuzzTarget, input: Uint8Array): Attempt {
  const started = performance.now()
  try {
    target.decode(input)
    return { kind: 'done', refused: false, elapsedMs: performance.now() - started }
  } catch (error) {
    if (error instanceof DecodeError) {
      return { kind: 'done', refused: true, elapsedMs: performance.now() - started }
    }
    return { kind: 'crash', message: error instanceof Error ? (error.stack ?? '') : String(error) }
  }
}

/** The best of a few tries, without the time in which other programs ran. */
function again(target: FuzzTarget, input: Uint8Array): number {
  const tries = Array.from({ length: slowTries }, () => {
    const before = process.threadCpuUsage()
    const outcome = attempt(target, input)
    const { user, system } = process.threadCpuUsage(before)
    return outcome.kind === 'done' ? Math.min(outcome.elapsedMs, (user + system) / 1000) : Infinity
  })
  return Math.min(...tries)
}

function heapBytes(): number {
  Bun.gc(true)
  return process.memoryUsage().heapUsed
}
