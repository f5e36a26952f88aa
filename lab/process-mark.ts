import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Clock } from '../protocol/effects.ts'

/** A process by its id and by when it started, which a later process of the same id differs in. */
export const processMark = z.object({ pid: z.int().positive(), startTicks: z.int().nonnegative() })
export type ProcessMark = Readonly<z.infer<typeof processMark>>

/** The mark of a running process, null when there is none of that id. Source: proc_pid_stat(5). */
export async function markProcess(pid: number): Promise<ProcessMark | null> {
  const stat = await readStat(pid)
  if (stat === null) return null
  // The name, in parentheses, may itself hold spaces and parentheses; field 3 follows the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], Number(fields[19])]
  return state === 'Z' ? null : processMark.parse({ pid, startTicks })
}

/** Whether the very process of the mark still runs. */
export async function isRunning(mark: ProcessMark): Promise<boolean> {
  const now = await markProcess(mark.pid)
  return now !== null && now.startTicks === mark.startTicks
}

const killPatienceMs = 10_000

/**
 * Kills the very process of the mark, if it still runs, and waits until it is gone. Throws for one that
 * does not go: it hangs in the kernel.
 */
export async function killMarked(mark: ProcessMark, clock: Clock): Promise<void> {
  if (!(await isRunning(mark))) return
  process.kill(mark.pid, 'SIGKILL')
  const until = clock.monotonic() + killPatienceMs
  while (await isRunning(mark)) {
    if (clock.monotonic() > until) throw new Error(`Cannot end process ${mark.pid}: it does not go`)
    await clock.sleep(5)
  }
}

async function readStat(pid: number): Promise<string | null> {
  try {
    return await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'ESRCH'].includes(String(error.code))
    )
      return null
    throw error
  }
}
