import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../protocol/effects.ts'
import type { Commands } from './commands.ts'
import { planBridgeNetwork, removeBridgeNetwork } from './network.ts'
import { isRunning, killMarked, processMark } from './process-mark.ts'

/** What a run has made outside its directory: enough to remove it after the run was killed. */
const runRecord = z.object({
  owner: processMark,
  /** Null: no namespace was made. */
  networkNumber: z.int().nonnegative().nullable(),
  processes: z.array(processMark),
})
export type RunRecord = Readonly<z.infer<typeof runRecord>>

const recordFile = 'rack.json'

/** Replaces the record of a run in one step. */
export async function writeRunRecord(directory: string, record: RunRecord): Promise<void> {
  const file = join(directory, recordFile)
  await writeFile(`${file}.new`, JSON.stringify(record))
  await rename(`${file}.new`, file)
}

/** Says that a run has removed all it made. */
export async function removeRunRecord(directory: string): Promise<void> {
  await rm(join(directory, recordFile), { force: true })
}

/**
 * Ends what runs whose owner was killed left running and removes their networks and directories.
 * Looks one level below `runsDirectory`; gives the directories removed.
 */
export async function removeDeadRuns(
  runsDirectory: string,
  commands: Commands,
  clock: Clock,
): Promise<readonly string[]> {
  const removed: string[] = []
  for (const directory of await subdirectories(runsDirectory)) {
    const record = await readRunRecord(directory)
    if (record === null || (await isRunning(record.owner))) continue
    for (const mark of record.processes) await killMarked(mark, clock)
    if (record.networkNumber !== null) {
      await removeBridgeNetwork(commands, clock, planBridgeNetwork(record.networkNumber))
    }
    await rm(directory, { recursive: true, force: true })
    removed.push(directory)
  }
  return removed
}

async function readRunRecord(directory: string): Promise<RunRecord | null> {
  try {
    return runRecord.parse(JSON.parse(await readFile(join(directory, recordFile), 'utf8')))
  } catch (error) {
    if (isMissing(error)) return null
    throw new Error(`Cannot read the record of the run in '${directory}'`, { cause: error })
  }
}

async function subdirectories(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(directory, entry.name))
      .toSorted()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
