import type { Clock } from '../../protocol/effects.ts'
import { DecodeError, errorChain } from '../../protocol/errors.ts'
import {
  type HelperResult,
  type HelperSample,
  parseHelperLine,
  splitLines,
} from './helper-output.ts'
import type { HelperExit, HelperProcess, SpawnHelper } from './helper-process.ts'

/** What a helper that gave no result died of. */
export const helperFaults = {
  'illegal-instruction': 'the processor refused an instruction that it says it has',
  'bus-error': 'the processor or the memory reported a fault',
  'segmentation-fault': 'an address that was right turned out wrong',
  killed: 'the kernel ended it, as it does when memory runs out',
  deadline: 'it did not end in time',
  hung: 'it did not end in time and not when killed: a device holds it',
  failed: 'it could not measure',
  'malformed-output': 'it said something that is not in its format',
} as const

export type HelperFault = keyof typeof helperFaults

export type HelperOutcome =
  | {
      readonly kind: 'result'
      readonly result: HelperResult
      readonly samples: readonly HelperSample[]
    }
  | { readonly kind: 'fault'; readonly fault: HelperFault; readonly detail: string }

/** A killed process that is still there after this long waits for hardware. */
const killGraceMs = 2000

const faultOfSignal: Readonly<Record<string, HelperFault>> = {
  SIGILL: 'illegal-instruction',
  SIGBUS: 'bus-error',
  SIGSEGV: 'segmentation-fault',
  SIGKILL: 'killed',
  SIGALRM: 'deadline',
}

export interface HelperDependencies {
  readonly clock: Clock
  readonly spawnHelper: SpawnHelper
}

/**
 * Runs the helper once, with each sample handed on as it comes. Whatever the helper does is an
 * outcome; only the caller's own abort rejects, with the signal's reason.
 */
export async function runHelper(
  { clock, spawnHelper }: HelperDependencies,
  helperArguments: readonly string[],
  deadlineSeconds: number,
  onSample: (sample: HelperSample) => void,
  signal: AbortSignal,
): Promise<HelperOutcome> {
  signal.throwIfAborted()
  let child: HelperProcess
  try {
    child = spawnHelper(helperArguments)
  } catch (error) {
    return { kind: 'fault', fault: 'failed', detail: errorChain(error) }
  }
  const outcome = watch(child, onSample)
  const inTime = await within(clock, deadlineSeconds * 1000, signal, outcome)
  if (inTime !== null) return inTime

  child.kill()
  const late = await within(clock, killGraceMs, null, outcome)
  signal.throwIfAborted()
  const fault = late === null ? 'hung' : 'deadline'
  return { kind: 'fault', fault, detail: `gave no result within ${deadlineSeconds} s` }
}

/** What `work` gives; null when the time is up or the signal aborts before. */
async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | null,
  work: Promise<T>,
): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>()
  const giveUp = () => resolve(null)
  const timer = clock.after(ms, giveUp)
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    timer[Symbol.dispose]()
    signal?.removeEventListener('abort', giveUp)
  }
}

/** Follows the helper to its end. */
async function watch(
  child: HelperProcess,
  onSample: (sample: HelperSample) => void,
): Promise<HelperOutcome> {
  const samples: HelperSample[] = []
  let result: HelperResult | null = null
  let said: string | null = null
  try {
    for await (const text of splitLines(child.output)) {
      const line = parseHelperLine(text)
      if ('sample' in line) {
        samples.push(line.sample)
        onSample(line.sample)
      } else if ('result' in line) {
        result = line.result
      } else {
        said = line.error
      }
    }
  } catch (error) {
    child.kill()
    if (!(error instanceof DecodeError)) throw error
    return { kind: 'fault', fault: 'malformed-output', detail: errorChain(error) }
  }
  const exit = await child.exited
  if (result !== null && exit.exitCode === 0) return { kind: 'result', result, samples }
  return faultOf(exit, said)
}

function faultOf(exit: HelperExit, said: string | null): HelperOutcome {
  if (exit.signal !== null) {
    const fault = faultOfSignal[exit.signal] ?? 'failed'
    return { kind: 'fault', fault, detail: `ended by ${exit.signal}` }
  }
  if (said !== null) return { kind: 'fault', fault: 'failed', detail: said }
  const detail = `ended with status ${exit.exitCode} and without a result`
  return { kind: 'fault', fault: 'malformed-output', detail }
}
